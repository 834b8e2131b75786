import type { DecoderGeometry } from '../geometry.js';

/** Width of one head. */
export function headSizeOf(geometry: DecoderGeometry): number {
  return geometry.headSize ?? geometry.hiddenSize / geometry.heads;
}

/**
 * FLOPs of one decoder layer in the field's formula, one per multiply-add and no causal halving, with n
 * *all* tokens that enter the layer: 4nd² + 2n²d + 3ndm (FastV, PyramidDrop, SparseVLM and AutoPrune
 * print it). With grouped-query attention the projections are 2nd² + 2nd·d_kv.
 */
export function layerFlops(tokens: number, geometry: DecoderGeometry): number {
  const { hiddenSize: d, intermediateSize: m, heads, keyValueHeads } = geometry;
  const projections = 2 * d * d + 2 * d * d * (keyValueHeads / heads);
  return tokens * projections + 2 * tokens * tokens * d + 3 * tokens * d * m;
}

/** {@link layerFlops} summed over layers; `entering` are the tokens of every kind that enter each layer. */
export function prefillFlops(entering: readonly number[], geometry: DecoderGeometry): number {
  return entering.reduce((sum, tokens) => sum + layerFlops(tokens, geometry), 0);
}
