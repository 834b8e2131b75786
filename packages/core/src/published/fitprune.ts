import { requireNumber } from '../errors.js';
import { attentionRow } from '../select/attention-row.js';
import { type CacheSignals, cacheLength } from '../select/cache-attention.js';
import { clampCount } from '../select/clamp-count.js';
import { attentionColumns } from '../select/mean-attention.js';
import { otherRows } from '../select/other-rows.js';
import { type Attention, requireCount, requireFinite } from '../select/tensors.js';
import { rankTokens, selectTopTokens } from '../select/top-tokens.js';

/** Where the visual tokens stand; everything after them is text. */
export interface VisualSpan {
  readonly start: number;
  readonly visual: number;
}

/** Attention that visual tokens receive in a layer, maximum over heads. All float32 [visual]. */
export interface FitpruneScores {
  /** From visual queries: sum over them, divided by their number. */
  readonly self: Float32Array;
  /** From text queries after the visual tokens: their sum. */
  readonly cross: Float32Array;
  /** self · cross. */
  readonly scores: Float32Array;
}

/** The tokens that FitPrune deletes, both int32 ascending, counted from the first visual token. */
export interface FitpruneSelection {
  readonly kept: Int32Array;
  readonly dropped: Int32Array;
}

/** Sums the largest of all heads' attention rows over the queries from the first visual one on. */
function sumLargest(
  heads: number,
  sequence: number,
  { start, visual }: VisualSpan,
  fill: (head: number, query: number, row: Float64Array) => void,
): FitpruneScores {
  requireNumber('start', start, { min: 0, max: sequence, integer: true });
  requireNumber('visual', visual, { min: 0, max: sequence - start, integer: true });
  const self = new Float64Array(visual);
  const cross = new Float64Array(visual);
  const row = new Float64Array(sequence);
  const largest = new Float64Array(visual);
  for (let query = start; query < sequence; query++) {
    largest.fill(-Infinity);
    for (let head = 0; head < heads; head++) {
      fill(head, query, row);
      for (let token = 0; token < visual; token++) {
        largest[token] = Math.max(largest[token]!, row[start + token]!);
      }
    }
    const sums = query < start + visual ? self : cross;
    for (let token = 0; token < visual; token++) sums[token]! += largest[token]!;
  }
  return {
    self: Float32Array.from(self, (sum) => sum / visual),
    cross: Float32Array.from(cross),
    scores: Float32Array.from(self, (sum, token) => (sum / visual) * cross[token]!),
  };
}

/**
 * FitPrune's scores from a layer's attention (ywh187/FitPrune @ d28e418, `modeling_llama.py`).
 *
 * @param attention  float32 [heads, sequence, sequence], post-softmax, causal
 * @throws ARGUMENT_INVALID for non-finite values, or a span outside the sequence
 */
export function fitpruneScores(attention: Attention, span: VisualSpan): FitpruneScores {
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  requireCount('attention columns', attentionColumns(data, heads, rows), rows);
  return sumLargest(heads, rows, span, (head, query, row) => {
    row.set(data.subarray((head * rows + query) * rows, (head * rows + query + 1) * rows));
  });
}

/**
 * The same from a layer's queries and keys, row by row: the full map never exists.
 *
 * @throws ARGUMENT_INVALID for non-finite values, or a span outside the sequence
 */
export function fitpruneScoresOfKeys(signals: CacheSignals, span: VisualSpan): FitpruneScores {
  const { queries, keys } = signals;
  const sequence = cacheLength(signals, Infinity);
  return sumLargest(queries.heads, sequence, span, (head, query, row) => {
    row.fill(0, query + 1);
    attentionRow(queries, keys, head, query, query + 1, row);
  });
}

/**
 * FitPrune's cut inside a layer: deletes the `remove` lowest scores. Among equal scores the later token
 * goes.
 *
 * @param scores  float32 [visual], finite
 * @param options  keepLowest: keep the least important instead, the reversed sort of UniPruneBench's
 *   copy (@ f93768f), which explains its bad results there. Default false
 * @throws ARGUMENT_INVALID for a non-finite score or a count that is no whole number
 */
export function fitprune(
  scores: Float32Array,
  { remove, keepLowest = false }: { readonly remove: number; readonly keepLowest?: boolean },
): FitpruneSelection {
  const keep = scores.length - clampCount('remove', remove, scores.length);
  const kept = keepLowest
    ? rankTokens(
        scores.map((score) => -score),
        keep,
      ).sort()
    : selectTopTokens(scores, keep);
  return { kept, dropped: otherRows(scores.length, kept) };
}
