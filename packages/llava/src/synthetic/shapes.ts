import { AutopruneError, suggestion } from '@autoprune/core';
import type { DecoderConfig, ModelConfig, VisionConfig } from '../families/model-config.js';

/** CLIP ViT-L/14 at 336 pixels, as all of LLaVA-1.5 and LLaVA-NeXT use it: 23 of 24 blocks. */
const CLIP_LARGE: VisionConfig = {
  blocks: 24,
  featureBlock: 22,
  hiddenSize: 1024,
  intermediateSize: 4096,
  heads: 16,
  imageSize: 336,
  patchSize: 14,
  normEpsilon: 1e-5,
  activation: 'quick_gelu',
  dropCls: true,
};

const VICUNA_7B: DecoderConfig = {
  layers: 32,
  hiddenSize: 4096,
  intermediateSize: 11008,
  heads: 32,
  keyValueHeads: 32,
  headSize: 128,
  vocabularySize: 32064,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 4096,
  tiedHead: false,
};

const VICUNA_13B: DecoderConfig = {
  ...VICUNA_7B,
  layers: 40,
  hiddenSize: 5120,
  intermediateSize: 13_824,
  heads: 40,
  keyValueHeads: 40,
};

const MISTRAL_7B: DecoderConfig = {
  ...VICUNA_7B,
  intermediateSize: 14_336,
  keyValueHeads: 8,
  ropeTheta: 1_000_000,
  maxPositions: 32_768,
};

const RESOLUTIONS = [
  [336, 672],
  [672, 336],
  [672, 672],
  [1008, 336],
  [336, 1008],
].map(([height, width]) => ({ height: height!, width: width! }));

const llava15 = (decoder: DecoderConfig): ModelConfig => ({
  family: 'llava-1.5',
  decoder,
  vision: CLIP_LARGE,
  projectorBias: true,
  imageTokenId: 32_000,
  imageAspectRatio: 'pad',
});

const llavaNext = (decoder: DecoderConfig): ModelConfig => ({
  family: 'llava-next',
  decoder,
  vision: CLIP_LARGE,
  projectorBias: true,
  imageTokenId: 32_000,
  imageAspectRatio: 'anyres',
  tiling: { resolutions: RESOLUTIONS, packing: 'unpad' },
});

/** Published models by the name that their shape goes by here; the numbers are those of their `config.json`. */
const SHAPES: Readonly<Record<string, ModelConfig>> = {
  'llava-1.5-7b': llava15(VICUNA_7B),
  'llava-1.5-13b': llava15(VICUNA_13B),
  'llava-next-7b': llavaNext(VICUNA_7B),
  'llava-next-13b': llavaNext(VICUNA_13B),
  'llava-next-mistral-7b': llavaNext(MISTRAL_7B),
};

/** Names of the shapes that there are synthetic models of. */
export const SYNTHETIC_MODELS: readonly string[] = Object.keys(SHAPES);

/** @throws ARGUMENT_INVALID with the nearest name */
export function syntheticShape(name: string): ModelConfig {
  const shape = SHAPES[name];
  if (shape) return shape;
  throw new AutopruneError(
    'ARGUMENT_INVALID',
    `${name}: there is no synthetic model of that name; known are ${SYNTHETIC_MODELS.join(', ')}${suggestion(name, SYNTHETIC_MODELS)}`,
    { name },
  );
}
