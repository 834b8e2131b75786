import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type Dtype, readTemplateFile, resolveModel } from '@autoprune/llava';
import { type AnswerSettings, checkpointRevision } from '@autoprune/server/fleet';
import type { ModelOptions } from '../options/model-options.js';
import { pruningChoice } from '../options/pruning-choice.js';
import type { QuestionOptions } from '../options/question-options.js';

/** Options of a model that answers, with the precision decided. */
export type AnsweringOptions = ModelOptions & QuestionOptions & { readonly dtype: Dtype };

async function templateSetting(name: string): Promise<AnswerSettings['template']> {
  if (name === 'auto' || name === 'vicuna_v1' || name === 'llava_v1') return name;
  return { path: resolve(name), text: await readTemplateFile(name) };
}

const specsSetting = (specs: string, keepRatio: number | undefined) =>
  keepRatio === undefined ? { specs } : { specs, keepRatio };

/** What decides the answers of a model, as it can be sent to where they are made. */
export async function answerSettings(options: AnsweringOptions): Promise<AnswerSettings> {
  const { model: ref, dtype, cacheDtype, visionTower, layerSpecs, keepRatio } = options;
  const { folder } = await resolveModel(ref);
  const { method, parameters, budget, reference, seed } = pruningChoice(options);
  const { imageMode, frame, temperature, topP, topK, stop = [] } = options;
  return {
    model: {
      ...{ ref, revision: await checkpointRevision(folder), dtype },
      // As the files of runs from before there were others.
      ...(cacheDtype === 'fp32' ? {} : { cacheDtype }),
      ...(visionTower === undefined ? {} : { visionTower }),
    },
    pruning: {
      method: method.name,
      ...(layerSpecs === undefined ? {} : { layerSpecs: specsSetting(layerSpecs, keepRatio) }),
      ...{ parameters, reference, seed },
      ...(budget && { budget }),
    },
    template: await templateSetting(options.template),
    imageMode,
    ...(frame === undefined ? {} : { frame }),
    generation: { temperature, topP, topK, stop: [...stop] },
  };
}

/** Settings as they enter the identity of a run: a model by what it is, a template by what it holds. */
export async function settingsIdentity(settings: AnswerSettings): Promise<object> {
  const { model, pruning, template, ...others } = settings;
  const { ref, ...rest } = model;
  const { id } = await resolveModel(ref);
  const { layerSpecs: _, ...choice } = pruning;
  return {
    model: { id, ...rest },
    pruning: choice,
    template:
      typeof template === 'string'
        ? template
        : createHash('sha256').update(template.text).digest('hex'),
    ...others,
  };
}
