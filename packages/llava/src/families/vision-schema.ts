import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { sizeSchema } from './decoder-schema.js';
import type { VisionConfig } from './model-config.js';

/** The fields of a CLIP tower; defaults are those of LLaVA's (CLIP ViT-L/14-336). */
export const visionSchema = z.object({
  model_type: z.literal('clip_vision_model').default('clip_vision_model'),
  hidden_size: sizeSchema.default(1024),
  intermediate_size: sizeSchema.default(4096),
  num_hidden_layers: sizeSchema.max(1000).default(24),
  num_attention_heads: sizeSchema.default(16),
  image_size: sizeSchema.max(16384).default(336),
  patch_size: sizeSchema.max(1024).default(14),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  num_channels: z.literal(3).default(3),
});

/**
 * Fills in a tower's configuration.
 *
 * @param featureLayer  index into transformers' `hidden_states`, which has the embeddings first: −1 is the output of the
 *   last block
 * @throws CHECKPOINT_INVALID naming the file and the numbers that do not fit together
 */
export function visionConfig(
  file: string,
  fields: z.infer<typeof visionSchema>,
  featureLayer: number,
  dropCls: boolean,
): VisionConfig {
  const invalid = (problem: string): never => {
    throw new AutopruneError('CHECKPOINT_INVALID', `${file}: ${problem}`, { file });
  };
  const { hidden_size: hiddenSize, num_attention_heads: heads, num_hidden_layers: blocks } = fields;
  if (hiddenSize % heads !== 0) {
    invalid(`vision hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  }
  const featureBlock = featureLayer < 0 ? blocks + featureLayer : featureLayer - 1;
  if (featureBlock < 0 || featureBlock >= blocks) {
    invalid(
      `the vision feature layer ${featureLayer} is not the output of one of the ${blocks} blocks`,
    );
  }
  return {
    blocks,
    featureBlock,
    hiddenSize,
    intermediateSize: fields.intermediate_size,
    heads,
    imageSize: fields.image_size,
    patchSize: fields.patch_size,
    normEpsilon: fields.layer_norm_eps,
    activation: fields.hidden_act,
    dropCls,
  };
}
