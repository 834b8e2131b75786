/** Shape of the decoder that a schedule is made for. */
export interface DecoderGeometry {
  /** Number of decoder layers, L ≥ 1. */
  readonly layers: number;
  /** Query heads, H ≥ 1. */
  readonly heads: number;
  /** Key/value heads; equal to `heads` without grouped-query attention. */
  readonly keyValueHeads: number;
  /** Width of the residual stream, d. */
  readonly hiddenSize: number;
  /** Width of the gated MLP, m. */
  readonly intermediateSize: number;
  /** Width of one head. Default hiddenSize / heads. */
  readonly headSize?: number;
  /** Rows of the output head; counted in `realFlops` only. */
  readonly vocabularySize?: number;
}

/** Shape of the vision tower, for cost accounting. */
export interface VisionGeometry {
  /** Blocks that run, i.e. up to the layer whose output is used. */
  readonly blocks: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Rows per tile, CLS included. */
  readonly rows: number;
  /** Values of one patch: channels × patch². */
  readonly patchValues: number;
  /** Multiply-adds per visual token in the projector. */
  readonly projectorMultiplyAdds: number;
}

/** What methods that look into the vision tower know of it. */
export interface TowerShape {
  /** Blocks in the checkpoint. */
  readonly blocks: number;
  /** Block whose output is used, from 0. */
  readonly featureBlock: number;
  readonly heads: number;
  /** Patches on a side of one tile. */
  readonly columns: number;
  /** Whether a CLS row comes before the patches of a tile. */
  readonly classToken: boolean;
}

/** A tower layer of the published 24, counted from the end (at least 0), in another tower. */
export function towerBlock(published: number, { blocks }: TowerShape): number {
  return Math.max(0, blocks - 24 + published);
}

/** LLaVA-1.5-7B (Vicuna-7B decoder), the geometry of the published constants. */
export const LLAVA_15_7B: DecoderGeometry = {
  layers: 32,
  heads: 32,
  keyValueHeads: 32,
  hiddenSize: 4096,
  intermediateSize: 11008,
};

/**
 * Published constants mapped to another geometry; the one place where this is done
 * (docs/decisions/0003-other-geometry.md).
 *
 * The papers tune their constants on 32 layers, 32 heads, 576 visual tokens on a 24 × 24 grid.
 * LLaVA's 13B (40 layers, 40 heads) is run by them with the same numbers, so it is not scaled.
 */
export interface GeometryScale {
  /** Published layer index → layer of this model (at least 1 for any index ≥ 1, at most L − 1). */
  layer(index: number): number;
  /** Factor for midpoints, L / 32. */
  readonly midpoint: number;
  /** Factor for slopes, 32 / L. */
  readonly slope: number;
  /** Factor for a mutual information summed over heads, 32 / H. */
  readonly complexity: number;
  /** Factor for token counts, N / 576. */
  readonly tokens: number;
}

/** The scale of a decoder with `layers` and `heads` that reads `visualTokens`. */
export function geometryScale(
  geometry: Pick<DecoderGeometry, 'layers' | 'heads'>,
  visualTokens = 576,
): GeometryScale {
  const { layers, heads } = geometry;
  const published = heads === layers && (layers === 32 || layers === 40);
  const ratio = published ? 1 : layers / 32;
  return {
    layer: (index) =>
      index < 1 ? 0 : Math.min(Math.max(Math.round(index * ratio), 1), Math.max(layers - 1, 0)),
    midpoint: ratio,
    slope: 1 / ratio,
    complexity: published ? 1 : 32 / heads,
    tokens: visualTokens / 576,
  };
}
