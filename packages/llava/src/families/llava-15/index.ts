import { requireTensor, type TensorTable } from '../../checkpoint/stored-tensor.js';
import type { FamilyAdapter, WeightSource } from '../family.js';
import type { ModelConfig } from '../model-config.js';
import { readLlava15Config } from './config.js';

/** Where the parts of a checkpoint are named, as published on the hub and as transformers names them in memory. */
const NAMINGS = [
  {
    decoder: 'language_model.model.',
    head: 'language_model.lm_head.weight',
    vision: 'vision_tower.vision_model.',
    projector: 'multi_modal_projector.',
  },
  {
    decoder: 'model.language_model.',
    head: 'lm_head.weight',
    vision: 'model.vision_tower.vision_model.',
    projector: 'model.multi_modal_projector.',
  },
] as const;

function weights(config: ModelConfig, table: TensorTable, checkpoint: string): WeightSource {
  const naming =
    NAMINGS.find(({ decoder }) => table.has(`${decoder}embed_tokens.weight`)) ?? NAMINGS[0];
  const tensor = (name: string, shape: readonly number[]) =>
    requireTensor(table, name, shape, checkpoint);
  return {
    decoderLayer: (layer, part, shape) =>
      tensor(`${naming.decoder}layers.${layer}.${part}.weight`, shape),
    decoder: (part, shape) => {
      if (part !== 'lm_head') return tensor(`${naming.decoder}${part}.weight`, shape);
      return config.decoder.tiedHead
        ? tensor(`${naming.decoder}embed_tokens.weight`, shape)
        : tensor(naming.head, shape);
    },
    vision: (name, shape) => tensor(`${naming.vision}${name}`, shape),
    projector: (name, shape) => tensor(`${naming.projector}${name}`, shape),
  };
}

/** LLaVA-1.5 in the Hugging Face layout (`LlavaForConditionalGeneration`). */
export const llava15: FamilyAdapter = {
  name: 'llava-1.5',
  matches: (config) => config.model_type === 'llava' && !('mm_vision_tower' in config),
  readConfig: readLlava15Config,
  weights,
  defaultTemplate: 'vicuna_v1',
};
