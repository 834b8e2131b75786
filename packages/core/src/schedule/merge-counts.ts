import { AUTOPRUNE_DEFAULTS } from './retention-curve.js';

/** How the tokens that a cut drops are merged. */
export interface MergeRule {
  /** Share of the dropped tokens that form the merge pool. */
  readonly share: number;
  /** Pool tokens per merged token. */
  readonly divisor: number;
}

/** The published rule: 30 % of the dropped tokens, ten to a merged one. */
export const PUBLISHED_MERGE: MergeRule = {
  share: AUTOPRUNE_DEFAULTS.mergeShare,
  divisor: AUTOPRUNE_DEFAULTS.mergeDivisor,
};

/** Tokens in the merge pool of a cut that drops `dropped` (int(0.3 d) + 1; `dropped` may be negative in the planner). */
export function mergePoolSize(dropped: number, rule: MergeRule): number {
  return Math.trunc(dropped * rule.share) + 1;
}

/**
 * Merged tokens that a cut which drops `dropped` puts back: 0 when nothing is dropped, else
 * min(int(pool / divisor) + 1, pool). Floor division, also for the negative pools of the published planner.
 */
export function mergedCount(dropped: number, rule: MergeRule): number {
  if (dropped === 0) return 0;
  const pool = mergePoolSize(dropped, rule);
  return Math.min(Math.floor(pool / rule.divisor) + 1, pool);
}

/**
 * Merged tokens of a cut that lowers the count by `fall`: the smallest drop d with d − clusters(d) = fall.
 * A pool in which every token is its own cluster is not merged at all: the result would be the same rows.
 */
export function clustersFor(fall: number, rule: MergeRule): number {
  if (fall <= 0) return 0;
  for (let dropped = fall; ; dropped++) {
    const clusters = mergedCount(dropped, rule);
    if (dropped - clusters < fall) continue;
    return mergePoolSize(dropped, rule) <= clusters ? 0 : clusters;
  }
}
