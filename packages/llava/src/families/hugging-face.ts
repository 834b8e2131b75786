import { z } from 'zod';
import { requireTensor, type TensorTable } from '../checkpoint/stored-tensor.js';
import { decoderConfig, decoderSchema } from './decoder-schema.js';
import type { WeightSource } from './family.js';
import type { ModelConfig } from './model-config.js';
import { visionConfig, visionSchema } from './vision-schema.js';

/** What the `config.json` of all LLaVA models of Hugging Face has in common. */
export const huggingFaceSchema = z.object({
  text_config: decoderSchema.default(decoderSchema.parse({})),
  vision_config: visionSchema.default(visionSchema.parse({})),
  image_token_index: z.number().int().min(0).nullish(),
  image_token_id: z.number().int().min(0).nullish(),
  projector_hidden_act: z.literal('gelu').default('gelu'),
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: z.number().int().default(-2),
  vision_feature_select_strategy: z.enum(['default', 'full']).default('default'),
  tie_word_embeddings: z.boolean().nullish(),
  image_aspect_ratio: z.string().nullish(),
});

/** The picture placeholder where the file names none. */
const DEFAULT_IMAGE_TOKEN = 32000;

/** What these fields say of a model, whatever its family adds. */
export function huggingFaceConfig(
  file: string,
  fields: z.infer<typeof huggingFaceSchema>,
): Pick<ModelConfig, 'decoder' | 'vision' | 'projectorBias' | 'imageTokenId'> {
  const dropCls = fields.vision_feature_select_strategy === 'default';
  return {
    decoder: decoderConfig(
      { file, prefix: 'text_config.' },
      fields.text_config,
      fields.tie_word_embeddings,
    ),
    vision: visionConfig(file, fields.vision_config, fields.vision_feature_layer, dropCls),
    projectorBias: fields.multimodal_projector_bias,
    imageTokenId: fields.image_token_index ?? fields.image_token_id ?? DEFAULT_IMAGE_TOKEN,
  };
}

/** Where the parts of a checkpoint are named, as published on the hub and as transformers names them in memory. */
const NAMINGS = [
  {
    decoder: 'language_model.model.',
    head: 'language_model.lm_head.weight',
    vision: 'vision_tower.vision_model.',
    projector: 'multi_modal_projector.',
    newline: 'image_newline',
  },
  {
    decoder: 'model.language_model.',
    head: 'lm_head.weight',
    vision: 'model.vision_tower.vision_model.',
    projector: 'model.multi_modal_projector.',
    newline: 'model.image_newline',
  },
] as const;

/** Weights of a checkpoint in one of the Hugging Face namings. */
export function huggingFaceWeights(
  config: ModelConfig,
  table: TensorTable,
  checkpoint: string,
): WeightSource {
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
    newline: (shape) => tensor(naming.newline, shape),
  };
}
