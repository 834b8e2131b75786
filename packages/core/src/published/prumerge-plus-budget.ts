import { requireNumber } from '../errors.js';
import { attentionRow } from '../select/attention-row.js';
import { clampCount } from '../select/clamp-count.js';
import { type Matrix, requireCount, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import type { PrumergeParameters } from './prumerge.js';
import { mergeByAttention, PRUMERGE_NEIGHBOURS, type PrumergeSelection } from './prumerge-merge.js';
import { countOutliers, outlierCount } from './prumerge-outliers.js';

/** What the variant with a budget looks at, in a late layer of a tower without CLS. */
export interface PrumergePlusBudgetSignals {
  /** float32 [tokens, width]: queries, heads not split. */
  readonly queries: Matrix;
  /** float32 [tokens, width]: keys, heads not split. */
  readonly keys: Matrix;
}

/** Settings of the variant with a budget. */
export interface PrumergePlusBudgetParameters extends PrumergeParameters {
  /** Tokens kept beside the extra one, of {@link prumergeBudgetTokens}. */
  readonly keep: number;
}

/** Tokens that a share of `tokens` keeps: int(budget · tokens), at least 1. */
export function prumergeBudgetTokens(tokens: number, budget: number): number {
  return Math.max(1, Math.trunc(budget * tokens));
}

/** Mean over queries of single-head attention, float32 [tokens]. */
function meanReceived({ queries, keys }: PrumergePlusBudgetSignals, tokens: number): Float32Array {
  const sums = new Float64Array(tokens);
  const row = new Float64Array(tokens);
  for (let query = 0; query < tokens; query++) {
    attentionRow({ ...queries, heads: 1 }, { ...keys, heads: 1 }, 0, query, tokens, row);
    for (let token = 0; token < tokens; token++) sums[token]! += row[token]!;
  }
  return Float32Array.from(sums, (sum) => sum / tokens);
}

/**
 * PruMerge+ to a budget, as in EffiVLM-Bench for a tower without CLS (@ ab3ee18, `siglip_model.py`;
 * written from the description): outliers by mean received attention, filled up with evenly spaced tokens
 * to `keep`, or the best `keep` where there are more outliers; then PruMerge's merge.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function prumergePlusBudget(
  signals: PrumergePlusBudgetSignals,
  parameters: PrumergePlusBudgetParameters,
): PrumergeSelection {
  const { keep, neighbours = PRUMERGE_NEIGHBOURS, reference = false } = parameters;
  const tokens = rowCount('keys', signals.keys);
  requireCount('queries', rowCount('queries', signals.queries), tokens);
  requireNumber('queries width', signals.queries.width, {
    min: signals.keys.width,
    max: signals.keys.width,
  });
  const budget = clampCount('keep', keep, tokens);
  const near = clampCount('neighbours', neighbours, tokens);
  const attention = meanReceived(signals, tokens);
  const outliers = countOutliers(attention);
  const important = Math.min(budget, Math.max(1, outlierCount(outliers, tokens, reference)));
  const kept = Array.from(rankTokens(attention, important));
  const step = Math.max(1, Math.trunc(tokens / budget));
  const chosen = new Set(kept);
  for (let token = 0; token < tokens && kept.length < budget; token += step) {
    if (!chosen.has(token)) kept.push(token);
  }
  const rows = Int32Array.from(kept);
  return {
    map: mergeByAttention(signals.keys, attention, rows, near),
    kept: rows,
    attention,
    outliers,
  };
}
