import { AutopruneError } from '@autoprune/core';
import {
  type Answerer,
  type AnswerMessage,
  conversationOf,
  openAiAnswerer,
  type Preamble,
} from '@autoprune/eval';
import { modelAnswerer, modelOptions, openFleet } from '@autoprune/server/fleet';
import { type CommandIo, note } from '../io.js';
import { loadWithProgress } from '../options/model-options.js';
import { type AnsweringOptions, answerSettings, settingsIdentity } from './answer-settings.js';
import type { EvalOptions } from './eval-options.js';

/** Who answers, as it enters the identity of a run: the same here and on a fleet. */
export async function answererIdentity(options: EvalOptions & AnsweringOptions): Promise<object> {
  const { temperature, topP, topK, stop = [], endpoint, model } = options;
  if (endpoint !== undefined) {
    return { endpoint, model, generation: { temperature, topP, topK, stop } };
  }
  return settingsIdentity(await answerSettings(options));
}

/** An answerer that can be closed, and shows what it is asked. */
type OpenAnswerer = Answerer &
  AsyncDisposable & { prompt(question: string, preamble: Preamble): string };

function openEndpoint(io: CommandIo, baseUrl: string, options: EvalOptions): OpenAnswerer {
  const apiKey = io.env[options.apiKeyEnv];
  const { model, temperature } = options;
  const answerer = openAiAnswerer({ baseUrl, model, temperature, ...(apiKey && { apiKey }) });
  return { ...answerer, prompt: (text) => text, [Symbol.asyncDispose]: async () => {} };
}

async function openWorkers(
  io: CommandIo,
  address: string,
  options: AnsweringOptions,
): Promise<OpenAnswerer> {
  const fleet = await openFleet({
    address,
    settings: await answerSettings(options),
    onError: ({ message }) => note(io, `Redis: ${message}`),
  });
  if ((await fleet.workers()) === 0) {
    note(io, 'No worker listens yet; questions wait for one (see apps/eval-worker)');
  }
  return { ...fleet, prompt: (text) => text };
}

async function openModel(io: CommandIo, options: AnsweringOptions): Promise<OpenAnswerer> {
  if (options.model === '') {
    throw new AutopruneError('ARGUMENT_INVALID', '--model is empty; name a model');
  }
  const settings = await answerSettings(options);
  const model = await loadWithProgress(io, options);
  const chosen = modelOptions(model, settings);
  const { template = model.template } = chosen;
  return {
    ...modelAnswerer(model, chosen),
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

/** Loads the model of the options, or addresses their endpoint or fleet; a prompt is shown by a model that runs here. */
export async function openAnswerer(
  io: CommandIo,
  options: EvalOptions & AnsweringOptions,
): Promise<OpenAnswerer> {
  const { endpoint, fleet, printPrompt } = options;
  if (endpoint !== undefined) return openEndpoint(io, endpoint, options);
  if (fleet !== undefined && !printPrompt) return openWorkers(io, fleet, options);
  return openModel(io, options);
}
