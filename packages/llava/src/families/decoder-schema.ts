import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { DecoderConfig } from './model-config.js';

/** A size in a configuration; the bound keeps a damaged file from asking for absurd shapes. */
export const sizeSchema = z.number().int().min(1).max(1_000_000);

/** What transformers assumes where a published file leaves a value out, by model type. */
const DEFAULTS = {
  llama: { intermediate: 11008, keyValueHeads: undefined, maxPositions: 2048 },
  mistral: { intermediate: 14336, keyValueHeads: 8, maxPositions: 131_072 },
} as const;

/** The fields of a Llama-style decoder, as they stand in `text_config` or at the top of `config.json`. */
export const decoderSchema = z.object({
  model_type: z.string().optional(),
  hidden_size: sizeSchema.default(4096),
  intermediate_size: sizeSchema.optional(),
  num_hidden_layers: sizeSchema.max(1000).default(32),
  num_attention_heads: sizeSchema.default(32),
  num_key_value_heads: sizeSchema.nullish(),
  head_dim: sizeSchema.nullish(),
  vocab_size: sizeSchema.default(32000),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10000),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  hidden_act: z.literal('silu').default('silu'),
  max_position_embeddings: sizeSchema.max(10_000_000).optional(),
  sliding_window: sizeSchema.nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

/** Where a decoder's fields stand, for messages. */
interface Source {
  readonly file: string;
  /** `text_config.` or nothing. */
  readonly prefix: string;
}

function invalid({ file, prefix }: Source, problem: string): never {
  throw new AutopruneError('CHECKPOINT_INVALID', `${file}: ${prefix}${problem}`, { file });
}

/**
 * Fills in a decoder's configuration.
 *
 * @param tiedHead  `tie_word_embeddings` of the whole model, which goes before the decoder's own
 * @throws CHECKPOINT_INVALID for numbers that do not fit together, CHECKPOINT_UNSUPPORTED for what is not built
 */
export function decoderConfig(
  source: Source,
  fields: z.infer<typeof decoderSchema>,
  tiedHead?: boolean | null,
): DecoderConfig {
  const defaults = DEFAULTS[fields.model_type?.includes('mistral') ? 'mistral' : 'llama'];
  const { hidden_size: hiddenSize, num_attention_heads: heads } = fields;
  const scaling = fields.rope_scaling?.rope_type ?? fields.rope_scaling?.type ?? 'default';
  if (scaling !== 'default') {
    throw new AutopruneError(
      'CHECKPOINT_UNSUPPORTED',
      `${source.file}: ${source.prefix}rope_scaling of type ${String(scaling)} is not supported`,
      { file: source.file },
    );
  }
  if (hiddenSize % heads !== 0 && !fields.head_dim) {
    invalid(source, `hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  }
  const keyValueHeads = fields.num_key_value_heads ?? defaults.keyValueHeads ?? heads;
  if (heads % keyValueHeads !== 0) {
    invalid(
      source,
      `num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyValueHeads}`,
    );
  }
  const maxPositions = fields.max_position_embeddings ?? defaults.maxPositions;
  return {
    layers: fields.num_hidden_layers,
    hiddenSize,
    intermediateSize: fields.intermediate_size ?? defaults.intermediate,
    heads,
    keyValueHeads,
    headSize: fields.head_dim ?? hiddenSize / heads,
    vocabularySize: fields.vocab_size,
    normEpsilon: fields.rms_norm_eps,
    ropeTheta: fields.rope_theta,
    // Attention here looks at the whole prompt, which equals a window that nothing outgrows.
    maxPositions: Math.min(maxPositions, fields.sliding_window ?? maxPositions),
    tiedHead: tiedHead ?? fields.tie_word_embeddings ?? false,
  };
}
