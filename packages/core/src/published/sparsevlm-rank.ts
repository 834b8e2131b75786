import { requireNumber } from '../errors.js';
import { matrixRank } from '../select/matrix-rank.js';
import { receivedMean } from '../select/tensors.js';
import { selectTopTokens } from '../select/top-tokens.js';
import { raterAttention, type SparsevlmSelection, type SparsevlmSignals } from './sparsevlm.js';

/** How a rank becomes a count. */
export interface SparsevlmRankParameters {
  /** `v1`: int(rank · scale + bias); `video`: the rank itself, as on the branch of that name. */
  readonly variant?: 'v1' | 'video';
  /** Default 13.5. */
  readonly scale?: number;
  /** Default 0. */
  readonly bias?: number;
}

/** The tokens that SparseVLM keeps by rank. */
export interface SparsevlmRankSelection extends SparsevlmSelection {
  /** Numerical rank of the raters' attention. */
  readonly rank: number;
  /** False where the rank equals the number of visual tokens: all are kept. */
  readonly pruned: boolean;
}

/**
 * SparseVLM's first rule: how many tokens stay follows from the rank of the raters' mean attention
 * (v1 as vendored in liuting20/MustDrop @ 909afa5, `score.py`; video: Gumpest/SparseVLMs @ f05b898).
 *
 * @throws ARGUMENT_INVALID for non-finite attention, no rater, or a rater outside the text
 */
export function sparsevlmRank(
  signals: SparsevlmSignals,
  { variant = 'v1', scale = 13.5, bias = 0 }: SparsevlmRankParameters = {},
): SparsevlmRankSelection {
  requireNumber('scale', scale, { min: 0 });
  requireNumber('bias', bias);
  const matrix = raterAttention(signals);
  const scores = receivedMean({ data: matrix.data, heads: 1, rows: signals.raters.length });
  const visual = scores.length;
  const rank = visual === 0 ? 0 : matrixRank(matrix);
  const pruned = rank !== visual;
  const wanted = variant === 'video' ? rank : Math.trunc(rank * scale + bias);
  const keep = pruned ? Math.max(0, Math.min(wanted, visual - 1)) : visual;
  return { kept: selectTopTokens(scores, keep), scores, rank, pruned };
}
