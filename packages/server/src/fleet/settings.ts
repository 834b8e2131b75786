import { parseLayerSpecs, parseMethods } from '@autoprune/core/compose';
import { registerAllMethods } from '@autoprune/core/methods';
import {
  CACHE_DTYPES,
  chatTemplatePrompt,
  DTYPES,
  type GenerateOptions,
  type LlavaModel,
  namedTemplate,
  type PromptTemplate,
} from '@autoprune/llava';
import { z } from 'zod';

const pruningSchema = z.object({
  /** A name, or several joined by plus signs. */
  method: z.string(),
  /** Stages by layer, instead of the method. */
  layerSpecs: z
    .object({ specs: z.string(), keepRatio: z.number().exactOptional() })
    .exactOptional(),
  parameters: z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.null()])),
  budget: z
    .object({
      kind: z.enum(['meanLeaving', 'meanEntering', 'flops', 'keepRatio', 'native']),
      value: z.number().exactOptional(),
      scope: z.enum(['total', 'image', 'tile']).exactOptional(),
    })
    .exactOptional(),
  reference: z.boolean(),
  seed: z.int(),
});

/** What decides the answers of a run, as it travels with every question. */
export const settingsSchema = z.object({
  model: z.object({
    /** `tiny`, a folder, or an id of the hub. */
    ref: z.string(),
    /** See `checkpointRevision`: a worker with another checkpoint of the name refuses. */
    revision: z.string(),
    dtype: z.enum(DTYPES),
    cacheDtype: z.enum(CACHE_DTYPES).exactOptional(),
    visionTower: z.string().exactOptional(),
  }),
  pruning: pruningSchema,
  /** The checkpoint's own, one of LLaVA's, or the content of a Jinja file. */
  template: z.union([
    z.enum(['auto', 'vicuna_v1', 'llava_v1']),
    z.object({ path: z.string(), text: z.string() }),
  ]),
  imageMode: z.enum(['checkpoint', 'pad', 'crop']),
  frame: z.int().exactOptional(),
  generation: z.object({
    temperature: z.number(),
    topP: z.number(),
    topK: z.int(),
    stop: z.array(z.string()),
  }),
});

/** What decides the answers of a run. */
export type AnswerSettings = z.infer<typeof settingsSchema>;

/** What a model is asked with, besides the question. */
export type ModelOptions = Omit<GenerateOptions, 'messages' | 'images' | 'signal' | 'maxNewTokens'>;

function templateOf(model: LlavaModel, template: AnswerSettings['template']): PromptTemplate {
  if (template === 'auto') return model.template;
  if (typeof template === 'string') return namedTemplate(template);
  return chatTemplatePrompt(template.text, model.files.tokenizer, template.path);
}

/**
 * Settings as a loaded model takes them.
 *
 * @throws METHOD_UNKNOWN, PARAMETER_INVALID or BUDGET_INVALID
 */
export function modelOptions(model: LlavaModel, settings: AnswerSettings): ModelOptions {
  registerAllMethods();
  const { pruning, template, imageMode, frame, generation } = settings;
  const { method, layerSpecs, parameters, budget, reference, seed } = pruning;
  const { keepRatio } = layerSpecs ?? {};
  const ratio = keepRatio === undefined ? {} : { keepRatio };
  return {
    method: layerSpecs
      ? parseLayerSpecs(layerSpecs.specs, { reference, ...ratio })
      : parseMethods(method),
    ...{ parameters, reference, seed, imageMode, frame, ...generation },
    ...(budget && { budget }),
    template: templateOf(model, template),
  };
}
