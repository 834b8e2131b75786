import { ruleRowMap } from '../decision.js';
import { referenceKernels, type TokenKernels } from '../kernels.js';
import { mergedCount, mergePoolSize, PUBLISHED_MERGE } from '../schedule/merge-counts.js';
import { otherRows } from '../select/other-rows.js';
import { gatherRows, type RowMap } from '../select/row-map.js';
import { type Matrix, requireCount, requireFinite, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** What recycling looks at after a pruning layer. */
export interface SparsevlmRecycleSignals {
  /** float32 [visual, width]: outputs of the layer at the visual tokens. */
  readonly hidden: Matrix;
  /** float32 [visual]: scores that the cut went by. */
  readonly scores: Float32Array;
}

/** The rows after recycling. */
export interface SparsevlmRecycling {
  /** Kept tokens, then merged ones in descending order of their centres. */
  readonly map: RowMap;
  /** int32: dropped tokens that are merged, best first. */
  readonly recycled: Int32Array;
  readonly clusters: number;
}

/**
 * SparseVLM's recycling: the best 30 % of the dropped tokens are clustered by density peaks and each
 * cluster comes back as its mean (Gumpest/SparseVLMs @ 26a5f48, `cluster_and_merge`). The same merge as
 * AutoPrune's; a method can also state it as a rule and leave it to the backend.
 *
 * @param parameters  kept: int32, tokens that stay, in output order; noise: see `densityPeaks`
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function sparsevlmRecycle(
  { hidden, scores }: SparsevlmRecycleSignals,
  { kept, noise }: { readonly kept: Int32Array; readonly noise?: Float32Array },
  kernels: TokenKernels = referenceKernels,
): SparsevlmRecycling {
  const visual = rowCount('hidden', hidden);
  requireFinite('scores', scores);
  requireCount('scores', scores.length, visual);
  const dropped = otherRows(visual, kept);
  const pool = dropped.length === 0 ? 0 : mergePoolSize(dropped.length, PUBLISHED_MERGE);
  const clusters = mergedCount(dropped.length, PUBLISHED_MERGE);
  const ranked = rankTokens(
    Float32Array.from(dropped, (token) => scores[token]!),
    pool,
  );
  const recycled = ranked.map((index) => dropped[index]!);
  const map = ruleRowMap(
    {
      kind: 'rule',
      score: [],
      keep: kept.length,
      order: 'spatial',
      merge: { kind: 'density-peaks', pool, clusters, ...(noise ? { noise } : {}) },
    },
    { kept, pool: recycled },
    visual,
    kernels,
    { hidden: gatherRows(hidden.data, hidden.width, recycled), width: hidden.width },
  );
  return { map, recycled, clusters };
}
