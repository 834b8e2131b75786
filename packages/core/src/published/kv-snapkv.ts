import { requireNumber } from '../errors.js';
import { type CacheSignals, cacheLength, receivedSums } from '../select/cache-attention.js';
import {
  type CacheSelection,
  cacheBudget,
  importancePerHead,
  keepImportant,
  keepWholeCache,
} from '../select/cache-selection.js';
import { poolRow } from '../select/pool-row.js';
import type { KvBudgetParameters } from './kv-h2o.js';

/** How much of a cache stays, and how importance is smoothed. */
export interface KvSnapkvParameters extends KvBudgetParameters {
  /** Default `mean`. */
  readonly pooling?: 'mean' | 'max' | 'none';
  /** Positions that are pooled, odd. Default 5. */
  readonly kernel?: number;
}

/**
 * The choice of SnapKV for a number of positions before the window: those that the queries of the window
 * attend to most, smoothed along the sequence. The smoothing does not reach into the window.
 */
export function snapkvSelection(
  signals: CacheSignals,
  count: number,
  window: number,
  { headAdaptive = true, pooling = 'mean', kernel = 5 }: Omit<KvSnapkvParameters, 'budget'>,
): CacheSelection {
  requireNumber('kernel', kernel, { min: 1, integer: true });
  requireNumber('kernel / 2 − ½', (kernel - 1) / 2, { integer: true });
  const { queries, keys } = signals;
  const positions = cacheLength(signals, window);
  const importance = importancePerHead(
    receivedSums(signals, window),
    queries.heads,
    keys.heads,
    positions - window,
    headAdaptive,
  );
  const smooth =
    pooling === 'none' ? importance : importance.map((row) => poolRow(row, kernel, pooling));
  return keepImportant(smooth, count, positions);
}

/**
 * SnapKV in EffiVLM-Bench, with a window of a tenth of the capacity (@ ab3ee18, `kv_cache_utils.py`; written
 * from the description). Once after prefill.
 *
 * @param signals  queries of at least the window
 * @throws ARGUMENT_INVALID for non-finite values, shapes that do not fit, or a parameter out of range
 */
export function kvSnapkv(signals: CacheSignals, parameters: KvSnapkvParameters): CacheSelection {
  const positions = cacheLength(signals, 1);
  const { capacity, window } = cacheBudget(positions, parameters.budget);
  if (positions < capacity) return keepWholeCache(positions, signals.keys.heads);
  return snapkvSelection(signals, capacity - window, window, parameters);
}
