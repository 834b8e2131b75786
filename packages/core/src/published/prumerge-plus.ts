import { clampCount } from '../select/clamp-count.js';
import { rankTokens } from '../select/top-tokens.js';
import { type PrumergeParameters, type PrumergeSignals, prumergeAttention } from './prumerge.js';
import { mergeByAttention, PRUMERGE_NEIGHBOURS, type PrumergeSelection } from './prumerge-merge.js';
import { countOutliers, outlierCount } from './prumerge-outliers.js';

/**
 * LLaVA-PruMerge+: the outliers of PruMerge and about three times as many evenly spaced tokens, then the
 * same merge (42Shawn/LLaVA-PruMerge @ 097c041, `token_prune_merge_advanced_plus`).
 *
 * Samples lie int(int(tokens / outliers) / 3) apart, at least 1, and never on the last token, as
 * published. Without outliers, where the published code divides by zero, there are no samples either.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function prumergePlus(
  signals: PrumergeSignals,
  { neighbours = PRUMERGE_NEIGHBOURS, reference = false }: PrumergeParameters = {},
): PrumergeSelection {
  const { attention, patchKeys } = prumergeAttention(signals);
  const tokens = attention.length;
  const near = clampCount('neighbours', neighbours, tokens);
  const outliers = countOutliers(attention);
  const best = rankTokens(attention, outlierCount(outliers, tokens, reference));
  const step = Math.max(1, Math.trunc(Math.trunc(1 / (outliers / tokens)) / 3));
  const samples: number[] = [];
  if (outliers > 0) {
    for (let token = 0; token < tokens - 1; token += step) {
      if (!best.includes(token)) samples.push(token);
    }
  }
  const kept = Int32Array.of(...best, ...samples);
  return { map: mergeByAttention(patchKeys, attention, kept, near), kept, attention, outliers };
}
