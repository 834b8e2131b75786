import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseJson } from '../../checkpoint/read-json.js';
import type { ModelConfig } from '../model-config.js';

const count = z.number().int().min(1).max(1_000_000);

/** Llama's defaults: published files leave out values that equal them. */
const textSchema = z.object({
  model_type: z.string().default('llama'),
  hidden_size: count.default(4096),
  intermediate_size: count.default(11008),
  num_hidden_layers: count.max(1000).default(32),
  num_attention_heads: count.default(32),
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count.default(32000),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10000),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  hidden_act: z.literal('silu').default('silu'),
  max_position_embeddings: count.default(2048),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

/** The tower of LLaVA-1.5 (CLIP ViT-L/14-336), which `LlavaConfig` assumes. */
const visionSchema = z.object({
  model_type: z.literal('clip_vision_model').default('clip_vision_model'),
  hidden_size: count.default(1024),
  intermediate_size: count.default(4096),
  num_hidden_layers: count.max(1000).default(24),
  num_attention_heads: count.default(16),
  image_size: count.max(16384).default(336),
  patch_size: count.max(1024).default(14),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  num_channels: z.literal(3).default(3),
});

const configSchema = z.object({
  model_type: z.literal('llava'),
  text_config: textSchema.default(textSchema.parse({})),
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

/** The picture placeholder where the file names none (LlavaConfig's default). */
const DEFAULT_IMAGE_TOKEN = 32000;

function invalid(file: string, problem: string): never {
  throw new AutopruneError('CHECKPOINT_INVALID', `${file}: ${problem}`, { file });
}

/**
 * Reads the `config.json` of a `LlavaForConditionalGeneration` checkpoint.
 *
 * @throws CHECKPOINT_INVALID naming the file and the field
 */
export function readLlava15Config(file: string, text: string): ModelConfig {
  const config = parseJson(file, text, configSchema);
  const { text_config: decoder, vision_config: vision } = config;
  if (decoder.rope_scaling) {
    const kind = decoder.rope_scaling.rope_type ?? decoder.rope_scaling.type;
    if (kind !== undefined && kind !== 'default') {
      invalid(file, `text_config.rope_scaling of type ${String(kind)} is not supported`);
    }
  }
  if (decoder.hidden_size % decoder.num_attention_heads !== 0 && !decoder.head_dim) {
    invalid(
      file,
      `text_config: hidden_size ${decoder.hidden_size} is not a multiple of num_attention_heads ${decoder.num_attention_heads}`,
    );
  }
  const keyValueHeads = decoder.num_key_value_heads ?? decoder.num_attention_heads;
  if (decoder.num_attention_heads % keyValueHeads !== 0) {
    invalid(
      file,
      `text_config: num_attention_heads ${decoder.num_attention_heads} is not a multiple of num_key_value_heads ${keyValueHeads}`,
    );
  }
  if (vision.hidden_size % vision.num_attention_heads !== 0) {
    invalid(
      file,
      `vision_config: hidden_size ${vision.hidden_size} is not a multiple of num_attention_heads ${vision.num_attention_heads}`,
    );
  }
  // hidden_states has the embeddings first, so −1 is the output of the last block.
  const layer = config.vision_feature_layer;
  const featureBlock = layer < 0 ? vision.num_hidden_layers + layer : layer - 1;
  if (featureBlock < 0 || featureBlock >= vision.num_hidden_layers) {
    invalid(
      file,
      `vision_feature_layer ${layer} is not the output of one of the ${vision.num_hidden_layers} blocks`,
    );
  }
  return {
    family: 'llava-1.5',
    decoder: {
      layers: decoder.num_hidden_layers,
      hiddenSize: decoder.hidden_size,
      intermediateSize: decoder.intermediate_size,
      heads: decoder.num_attention_heads,
      keyValueHeads,
      headSize: decoder.head_dim ?? decoder.hidden_size / decoder.num_attention_heads,
      vocabularySize: decoder.vocab_size,
      normEpsilon: decoder.rms_norm_eps,
      ropeTheta: decoder.rope_theta,
      maxPositions: decoder.max_position_embeddings,
      tiedHead: config.tie_word_embeddings ?? decoder.tie_word_embeddings ?? false,
    },
    vision: {
      blocks: vision.num_hidden_layers,
      featureBlock,
      hiddenSize: vision.hidden_size,
      intermediateSize: vision.intermediate_size,
      heads: vision.num_attention_heads,
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
      normEpsilon: vision.layer_norm_eps,
      activation: vision.hidden_act,
      dropCls: config.vision_feature_select_strategy === 'default',
    },
    projectorBias: config.multimodal_projector_bias,
    imageTokenId: config.image_token_index ?? config.image_token_id ?? DEFAULT_IMAGE_TOKEN,
    ...(config.image_aspect_ratio ? { imageAspectRatio: config.image_aspect_ratio } : {}),
  };
}
