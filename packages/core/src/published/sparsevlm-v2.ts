import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { attentionColumns } from '../select/mean-attention.js';
import { requireCount, requireFinite } from '../select/tensors.js';
import { selectTopTokens } from '../select/top-tokens.js';
import type { SparsevlmSelection, SparsevlmSignals } from './sparsevlm.js';

/** What version 2 looks at beside the attention. */
export interface SparsevlmV2Signals extends SparsevlmSignals {
  /** int32 [text]: position of every text row. */
  readonly textPositions: ArrayLike<number>;
  /** int32 [visual]: position of every visual token; gaps are those of earlier cuts. */
  readonly visualPositions: ArrayLike<number>;
}

/** How many tokens stay, and the rotary embedding that the bias undoes. */
export interface SparsevlmV2Parameters {
  readonly keep: number;
  readonly headSize: number;
  /** Default 10000. */
  readonly rotaryBase?: number;
  /** Heads that count: those that attend most from raters to picture. Default 14. */
  readonly heads?: number;
}

/** The tokens that version 2 keeps; survivors keep their positions. */
export interface SparsevlmV2Selection extends SparsevlmSelection {
  /** int32, ascending: heads that counted. */
  readonly heads: Int32Array;
}

/**
 * Attention logit between two positions that comes from the rotary embedding alone: that of an all-ones
 * query and key, 2 · Σ cos(distance · base^(−2f / headSize)) / √headSize.
 */
export function rotaryBias(distance: number, headSize: number, base = 10000): number {
  let sum = 0;
  for (let f = 0; f < headSize / 2; f++) sum += Math.cos(distance * base ** ((-2 * f) / headSize));
  return (2 * sum) / Math.sqrt(headSize);
}

/**
 * SparseVLM 2.0's cut: attention of the raters, divided by the bias of the rotary embedding so that near
 * tokens have no advantage, in the heads where it is largest in sum (Gumpest/SparseVLMs @ 26a5f48,
 * `modelling_sparse_llama.py` and `select_attn_head_by_sum`).
 *
 * At least one token goes. The bias may pass through 0; a score that is then no number is refused.
 *
 * @throws ARGUMENT_INVALID for non-finite values, no rater, or positions that do not fit
 */
export function sparsevlmV2(
  { attention, raters, textPositions, visualPositions }: SparsevlmV2Signals,
  { keep, headSize, rotaryBase = 10000, heads: headCount = 14 }: SparsevlmV2Parameters,
): SparsevlmV2Selection {
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  const visual = attentionColumns(data, heads, rows);
  requireCount('textPositions', textPositions.length, rows);
  requireCount('visualPositions', visualPositions.length, visual);
  requireFinite('textPositions', textPositions);
  requireFinite('visualPositions', visualPositions);
  requireNumber('headSize', headSize, { min: 2, integer: true });
  requireNumber('rotaryBase', rotaryBase, { min: 1 });
  requireNumber('number of raters', raters.length, { min: 1 });

  const biases = new Float64Array(raters.length * visual);
  for (let index = 0, slot = 0; index < raters.length; index++) {
    const rater = raters[index]!;
    requireNumber('raters', rater, { min: 0, max: rows - 1, integer: true });
    for (let column = 0; column < visual; column++, slot++) {
      const distance = textPositions[rater]! - visualPositions[column]!;
      biases[slot] = rotaryBias(distance, headSize, rotaryBase);
    }
  }
  const addHead = (sums: Float64Array, head: number): Float64Array => {
    for (let index = 0, slot = 0; index < raters.length; index++) {
      const first = (head * rows + raters[index]!) * visual;
      for (let column = 0; column < visual; column++, slot++) {
        sums[column]! += data[first + column]! / biases[slot]!;
      }
    }
    return sums;
  };
  const shares = Float32Array.from({ length: heads }, (_, head) =>
    addHead(new Float64Array(visual), head).reduce((sum, value) => sum + value, 0),
  );
  const chosen = selectTopTokens(shares, clampCount('heads', headCount, heads, 1));
  const scores = Float32Array.from(
    chosen.reduce(addHead, new Float64Array(visual)),
    (sum) => sum / (chosen.length * raters.length),
  );
  const count = clampCount('keep', keep, Math.max(0, visual - 1));
  return { kept: selectTopTokens(scores, count), scores, heads: chosen };
}
