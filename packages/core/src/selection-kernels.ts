import {
  type AttentionScores,
  type AttentionScoresOptions,
  attentionScores,
} from './select/attention-scores.js';
import { type DeterminantalSelection, selectDeterminantal } from './select/determinantal.js';
import { selectMaxMin } from './select/max-min.js';
import { type NearestTargets, nearestRows } from './select/nearest-rows.js';
import { similarityMatrix } from './select/similarity-matrix.js';
import type { HeadRows } from './select/tensors.js';

export type {
  AttentionScores,
  AttentionScoresOptions,
  DeterminantalSelection,
  HeadRows,
  NearestTargets,
};

/**
 * The primitives of methods that choose tokens by what they are like, under the same contract as
 * `TokenKernels`: dense row-major float32, inputs read only and possibly views, outputs new. A cosine is
 * taken in double precision and rounded to float32; a zero row has cosine 0 with every row.
 */
export interface SelectionKernels {
  /** Cosines between all rows of tokens [n, width] → [n, n], symmetric to the bit. */
  similarityMatrix(tokens: Float32Array, width: number): Float32Array;
  /** For each of `rows` the most similar of `targets`, both row numbers of tokens [n, width]. */
  nearestTargets(
    tokens: Float32Array,
    width: number,
    rows: Int32Array,
    targets: Int32Array,
  ): NearestTargets;
  /** Greedy max–min diversity by 1 − cosine over tokens [n, width] → int32 [count], in the order of choice. */
  selectMaxMin(tokens: Float32Array, width: number, count: number): Int32Array;
  /** Greedy choice of a determinantal point process over tokens [n, width], weighed by relevance [n]. */
  selectDeterminantal(
    tokens: Float32Array,
    width: number,
    relevance: Float32Array,
    count: number,
  ): DeterminantalSelection;
  /** Mean attention and mutual information of query rows over chosen keys, without the full map. */
  attentionScores(
    queries: HeadRows,
    keys: HeadRows,
    options: AttentionScoresOptions,
  ): AttentionScores;
}

/** Plain TypeScript, kept for ever as the definition of correct. */
export const referenceSelectionKernels: SelectionKernels = {
  similarityMatrix,
  nearestTargets: nearestRows,
  selectMaxMin,
  selectDeterminantal,
  attentionScores,
};
