import { mutualInformation } from './schedule/complexity.js';
import { type DensityPeaks, densityPeaks } from './select/density-peaks.js';
import { meanAttention } from './select/mean-attention.js';
import { gatherRows, mapRows, type RowMap } from './select/row-map.js';
import { rankTokens, selectTopTokens } from './select/top-tokens.js';

/**
 * The synchronous numeric primitives behind scoring, selecting, merging and moving tokens.
 *
 * All tensors are dense, row-major float32 unless said otherwise; inputs are read only and may be views
 * into larger buffers; outputs are new arrays. `referenceKernels` is the definition of every one;
 * `@autoprune/kernels` provides faster ones that are tested against it.
 */
export interface TokenKernels {
  /** Which implementation this is, for reports: `reference`, `avx2`, … */
  readonly name: string;
  /** Mean over heads, then rows, of attention [heads, rows, columns] → [columns]. */
  meanAttention(attention: Float32Array, heads: number, rows: number): Float32Array;
  /** Mutual information of rows and columns per head, attention [heads, rows, columns] → float64 [heads]. */
  mutualInformation(attention: Float32Array, heads: number, rows: number): Float64Array;
  /** Positions of the `count` highest scores, ascending; ties keep the earlier token. */
  selectTopTokens(scores: Float32Array, count: number): Int32Array;
  /** Positions of the `count` highest scores, best first; ties put the earlier token first. */
  rankTokens(scores: Float32Array, count: number): Int32Array;
  /** Rows `rows` of source [n, width] → [rows.length, width]. */
  gatherRows(source: Float32Array, width: number, rows: Int32Array): Float32Array;
  /** Weighted sums of rows of source [map.inputRows, width] → [map.outputRows, width]. */
  mapRows(source: Float32Array, width: number, map: RowMap): Float32Array;
  /** Density-peak clusters of tokens [m, width]. */
  densityPeaks(
    tokens: Float32Array,
    width: number,
    clusters: number,
    noise?: Float32Array,
  ): DensityPeaks;
}

/** Plain TypeScript, kept for ever as the definition of correct. */
export const referenceKernels: TokenKernels = {
  name: 'reference',
  meanAttention,
  mutualInformation,
  selectTopTokens,
  rankTokens,
  gatherRows,
  mapRows,
  densityPeaks,
};
