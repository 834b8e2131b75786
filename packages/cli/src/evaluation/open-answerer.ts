import { AutopruneError } from '@autoprune/core';
import {
  type Answerer,
  type AnswerMessage,
  conversationOf,
  openAiAnswerer,
  type Preamble,
} from '@autoprune/eval';
import { resolveModel } from '@autoprune/llava';
import type { CommandIo } from '../io.js';
import { loadWithProgress } from '../options/model-options.js';
import { pruningChoice } from '../options/pruning-options.js';
import { generateOptions } from '../options/question-options.js';
import type { EvalOptions } from './eval-options.js';
import { checkpointRevision, modelAnswerer } from './model-answerer.js';

/** Who answers, as it enters the identity of a run. */
export async function answererIdentity(options: EvalOptions): Promise<object> {
  const { template, imageMode, temperature, topP, topK, stop = [] } = options;
  const generation = { temperature, topP, topK, stop };
  if (options.endpoint !== undefined) {
    return { endpoint: options.endpoint, model: options.model, generation };
  }
  const { id, folder } = await resolveModel(options.model);
  const model = { id, revision: await checkpointRevision(folder), dtype: options.dtype };
  const choice = pruningChoice(options);
  const pruning = { ...choice, method: choice.method.name };
  return { model, pruning, template, imageMode, generation };
}

/** An answerer that can be closed, and shows what it is asked. */
type OpenAnswerer = Answerer &
  AsyncDisposable & { prompt(question: string, preamble: Preamble): string };

/** Loads the model of the options, or addresses their endpoint. */
export async function openAnswerer(io: CommandIo, options: EvalOptions): Promise<OpenAnswerer> {
  if (options.endpoint !== undefined) {
    const apiKey = io.env[options.apiKeyEnv];
    const { endpoint: baseUrl, model, temperature } = options;
    const answerer = openAiAnswerer({ baseUrl, model, temperature, ...(apiKey && { apiKey }) });
    return { ...answerer, prompt: (text) => text, [Symbol.asyncDispose]: async () => {} };
  }
  if (options.model === '') {
    throw new AutopruneError('ARGUMENT_INVALID', '--model is empty; name a model');
  }
  const model = await loadWithProgress(io, options);
  const { template = model.template } = await generateOptions(model, options);
  return {
    ...(await modelAnswerer(model, options)),
    prompt: (text, preamble) => {
      // One picture stands for those of the question.
      const { messages } = conversationOf(text, [''], preamble);
      const alone: AnswerMessage[] = [
        { role: 'user', content: [{ type: 'image' }, { type: 'text', text }] },
      ];
      return template.render(typeof messages === 'string' ? alone : messages);
    },
    [Symbol.asyncDispose]: () => model.release(),
  };
}
