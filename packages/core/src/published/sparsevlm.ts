import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { attentionColumns } from '../select/mean-attention.js';
import { type Attention, type Matrix, receivedMean, requireFinite } from '../select/tensors.js';
import { selectTopTokens } from '../select/top-tokens.js';

/** What SparseVLM looks at in a pruning layer. */
export interface SparsevlmSignals {
  /** float32 [heads, text, visual]: attention of the text after the picture to the visual tokens. */
  readonly attention: Attention;
  /** Text rows whose attention counts, of `sparsevlmRaters`. */
  readonly raters: ArrayLike<number>;
}

/** The tokens that SparseVLM keeps. */
export interface SparsevlmSelection {
  /** int32, ascending. */
  readonly kept: Int32Array;
  /** float32 [visual]: mean attention of the raters over heads. */
  readonly scores: Float32Array;
}

/**
 * Attention of the raters, mean over heads: float32 [raters, visual].
 *
 * @throws ARGUMENT_INVALID for non-finite attention, no rater, or a rater outside the text
 */
export function raterAttention({ attention, raters }: SparsevlmSignals): Matrix {
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  const width = attentionColumns(data, heads, rows);
  requireNumber('number of raters', raters.length, { min: 1 });
  const mean = new Float32Array(raters.length * width);
  for (let index = 0; index < raters.length; index++) {
    const rater = raters[index]!;
    requireNumber('raters', rater, { min: 0, max: rows - 1, integer: true });
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let head = 0; head < heads; head++) sum += data[(head * rows + rater) * width + column]!;
      mean[index * width + column] = sum / heads;
    }
  }
  return { data: mean, width };
}

/**
 * SparseVLM's cut: the `keep` visual tokens that the raters attend to most, in spatial order, and always
 * at least one less than there are (Gumpest/SparseVLMs @ 26a5f48, `score.py`).
 *
 * @throws ARGUMENT_INVALID for non-finite attention, no rater, or a rater outside the text
 */
export function sparsevlm(
  signals: SparsevlmSignals,
  { keep }: { readonly keep: number },
): SparsevlmSelection {
  const { data } = raterAttention(signals);
  const scores = receivedMean({ data, heads: 1, rows: signals.raters.length });
  const count = clampCount('keep', keep, Math.max(0, scores.length - 1));
  return { kept: selectTopTokens(scores, count), scores };
}
