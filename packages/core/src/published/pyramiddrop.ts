import { requireNumber } from '../errors.js';
import { attentionRow } from '../select/attention-row.js';
import { clampCount } from '../select/clamp-count.js';
import { type HeadRows, requireCount, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** What PyramidDrop looks at before layer r, of that layer's own projections. */
export interface PyramiddropSignals {
  /** float32 [heads, 1, headSize]: query of the last instruction token, after the rotary embedding. */
  readonly query: HeadRows;
  /** float32 [keyValueHeads, sequence, headSize]: keys of the whole sequence, likewise. */
  readonly keys: HeadRows;
}

/** Where the visual tokens stand, and how many stay. */
export interface PyramiddropParameters {
  /** First visual position. */
  readonly start: number;
  /** Visual tokens now. */
  readonly visual: number;
  readonly keep: number;
  /** Position of the query; later keys are hidden from it. Default the last. */
  readonly queryIndex?: number;
}

/** The visual tokens that PyramidDrop keeps; survivors are renumbered from 0. */
export interface PyramiddropSelection {
  /** int32, ascending, counted from the first visual token. */
  readonly kept: Int32Array;
  /** int32: the same, best first; UniPruneBench's copy (@ f93768f) leaves them in this order. */
  readonly order: Int32Array;
  /** float32 [visual]: attention of the query, mean over heads. */
  readonly scores: Float32Array;
}

/** Visual tokens in every stage: int(N0 · ratio), of the original count; may reach 0. */
export function pyramiddropCounts(visual: number, ratios: readonly number[]): number[] {
  return ratios.map((ratio) => Math.trunc(visual * ratio));
}

/** Position of the last instruction token, from the prompt's text rows and the visual tokens now. */
export function pyramiddropQueryIndex(textRows: number, visual: number): number {
  return textRows + visual - 1;
}

/**
 * PyramidDrop: at a stage, the visual tokens that the last instruction token would attend to most in the
 * next layer, in spatial order (Cooperx521/PyramidDrop @ 6444f30, `pdrop_rank_drop`).
 *
 * @throws ARGUMENT_INVALID for non-finite values, or positions outside the sequence
 */
export function pyramiddrop(
  { query, keys }: PyramiddropSignals,
  parameters: PyramiddropParameters,
): PyramiddropSelection {
  requireCount('query', rowCount('query', query), 1);
  const sequence = rowCount('keys', keys);
  requireCount('query width', query.width, keys.width);
  requireNumber('query heads a key head', query.heads / keys.heads, { min: 1, integer: true });
  const { start, visual, keep, queryIndex = sequence - 1 } = parameters;
  requireNumber('queryIndex', queryIndex, { min: 0, max: sequence - 1, integer: true });
  requireNumber('start', start, { min: 0, max: sequence, integer: true });
  requireNumber('visual', visual, { min: 0, max: sequence - start, integer: true });
  const sums = new Float64Array(visual);
  const row = new Float64Array(sequence);
  for (let head = 0; head < query.heads; head++) {
    attentionRow(query, keys, head, 0, queryIndex + 1, row);
    for (let token = 0; token < visual; token++) sums[token]! += row[start + token]!;
  }
  const scores = Float32Array.from(sums, (sum) => sum / query.heads);
  const order = rankTokens(scores, clampCount('keep', keep, visual));
  return { kept: order.slice().sort(), order, scores };
}
