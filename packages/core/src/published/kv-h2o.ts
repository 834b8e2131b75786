import { type CacheSignals, cacheLength, receivedSums } from '../select/cache-attention.js';
import {
  type CacheSelection,
  cacheBudget,
  importancePerHead,
  keepImportant,
  keepWholeCache,
} from '../select/cache-selection.js';

/** How much of a cache stays. */
export interface KvBudgetParameters {
  /** Share of the positions; the whole cache where they are below the capacity. */
  readonly budget: number;
  /** Choose for every key/value head; false: once for all of them. Default true. */
  readonly headAdaptive?: boolean;
}

/**
 * H2O in EffiVLM-Bench: the positions that all queries together attend to most, and the last tenth of the
 * capacity (@ ab3ee18, `kv_cache_utils.py`; written from the description). Once after prefill; the
 * paper's update while decoding is `h2oStep`.
 *
 * @param signals  queries of the whole prompt
 * @throws ARGUMENT_INVALID for non-finite values, shapes that do not fit, or a negative budget
 */
export function kvH2o(
  signals: CacheSignals,
  { budget, headAdaptive = true }: KvBudgetParameters,
): CacheSelection {
  const positions = cacheLength(signals, Infinity);
  const { queries, keys } = signals;
  const { capacity, window } = cacheBudget(positions, budget);
  if (positions < capacity) return keepWholeCache(positions, keys.heads);
  const importance = importancePerHead(
    receivedSums(signals, positions),
    queries.heads,
    keys.heads,
    positions - window,
    headAdaptive,
  );
  return keepImportant(importance, capacity - window, positions);
}
