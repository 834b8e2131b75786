import type { Extent } from '../picture/picture.js';

/** The Llama-style decoder of a checkpoint, every field filled in. */
export interface DecoderConfig {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabularySize: number;
  readonly normEpsilon: number;
  /** Base of the rotary embedding. */
  readonly ropeTheta: number;
  /** Longest prompt plus answer that the checkpoint was made for. */
  readonly maxPositions: number;
  /** The output head is the embedding table. */
  readonly tiedHead: boolean;
}

/** The CLIP vision tower of a checkpoint. */
export interface VisionConfig {
  /** Blocks in the checkpoint. */
  readonly blocks: number;
  /** Block whose output is used (0-based); blocks after it are not loaded. */
  readonly featureBlock: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  /** Pixels on a side. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly normEpsilon: number;
  /** Activation of the tower's MLP. */
  readonly activation: 'quick_gelu' | 'gelu';
  /** Whether the CLS row is dropped from the features (`default`) or kept (`full`). */
  readonly dropCls: boolean;
}

/** How large pictures are cut into tiles (LLaVA-NeXT's "anyres"). */
export interface TilingConfig {
  /** Resolutions that a picture may be cut into, multiples of the tower's size. */
  readonly resolutions: readonly Extent[];
  /**
   * How the tiles' tokens are laid out: `unpad` cuts off what pads the picture to a resolution and ends each row with
   * a newline token; `spatial` does neither.
   */
  readonly packing: 'unpad' | 'spatial';
}

/** Everything that the runtime knows of a checkpoint; no family-specific word in it. */
export interface ModelConfig {
  /** Name of the family adapter, e.g. `llava-1.5`. */
  readonly family: string;
  readonly decoder: DecoderConfig;
  readonly vision: VisionConfig;
  /** Whether the projector's layers have biases. */
  readonly projectorBias: boolean;
  /** Id of the picture placeholder in tokenized text. */
  readonly imageTokenId: number;
  /** `image_aspect_ratio` of the configuration, where it has one. */
  readonly imageAspectRatio?: string;
  /** Absent where a picture is always one tile. */
  readonly tiling?: TilingConfig;
}

/** Patches on a side of one tile. */
export function gridSize(vision: VisionConfig): number {
  return Math.floor(vision.imageSize / vision.patchSize);
}

/** Visual tokens of one tile. */
export function tileTokens(vision: VisionConfig): number {
  return gridSize(vision) ** 2 + (vision.dropCls ? 0 : 1);
}
