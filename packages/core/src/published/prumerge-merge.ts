import { cosines } from '../select/cosine.js';
import { otherRows } from '../select/other-rows.js';
import { type RowMap, rowMap } from '../select/row-map.js';
import type { Matrix } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** What PruMerge and its variants put out. */
export interface PrumergeSelection {
  /** A row a kept token, then one for all others. */
  readonly map: RowMap;
  /** int32: kept tokens in output order: by attention, then samples in spatial order. */
  readonly kept: Int32Array;
  /** float32 [tokens]: the attention that decides and weighs. */
  readonly attention: Float32Array;
  /** Tokens whose attention is above Q3 + 1.5 interquartile ranges. */
  readonly outliers: number;
}

/** Tokens that PruMerge adds to a kept one, as published. */
export const PRUMERGE_NEIGHBOURS = 32;

/**
 * PruMerge's merge: every kept token plus its most similar tokens, kept ones included, weighted by their
 * attention; then one row of all tokens that are not kept, weighted likewise. Weights are not normalised,
 * as published.
 *
 * @param keys  float32 [tokens, width]; similarity is their cosine
 * @param attention  float32 [tokens]
 */
export function mergeByAttention(
  keys: Matrix,
  attention: Float32Array,
  kept: Int32Array,
  neighbours: number,
): RowMap {
  const tokens = attention.length;
  const cosine = cosines(keys);
  const weighted = (token: number) => [token, attention[token]!] as const;
  const centres = Array.from(kept, (centre) => {
    const others = otherRows(tokens, [centre]);
    const similarity = Float32Array.from(others, (token) => cosine(centre, token));
    const near = rankTokens(similarity, Math.min(neighbours, others.length));
    return [[centre, 1] as const, ...Array.from(near, (index) => weighted(others[index]!))];
  });
  return rowMap(tokens, [...centres, Array.from(otherRows(tokens, kept), weighted)]);
}
