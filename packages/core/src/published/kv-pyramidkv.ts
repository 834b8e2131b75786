import { requireNumber } from '../errors.js';
import { type CacheSignals, cacheLength } from '../select/cache-attention.js';
import { type CacheSelection, cacheBudget, keepWholeCache } from '../select/cache-selection.js';
import { type KvSnapkvParameters, snapkvSelection } from './kv-snapkv.js';

/** The shape of the pyramid. */
export interface PyramidShape {
  readonly layers: number;
  /** Divisor of the capacity that gives the top of the pyramid. Default 20. */
  readonly beta?: number;
}

/** How much of one layer's cache stays. */
export interface KvPyramidkvParameters extends KvSnapkvParameters, PyramidShape {
  /** The layer, from 0. */
  readonly layer: number;
}

/**
 * Positions that PyramidKV keeps in every layer, window included: falling from the first layer to the last
 * around the capacity.
 *
 * Where the prompt is shorter than twice the capacity every layer keeps the capacity. The step is a whole
 * number, so that short prompts keep more than the capacity on average, as published.
 *
 * @throws ARGUMENT_INVALID for a number out of range
 */
export function pyramidkvCounts(
  positions: number,
  budget: number,
  { layers, beta = 20 }: PyramidShape,
): number[] {
  requireNumber('layers', layers, { min: 1, integer: true });
  requireNumber('beta', beta, { min: 1 });
  const { capacity, window } = cacheBudget(positions, budget);
  const scored = capacity - window;
  if (positions < 2 * scored || positions < capacity) {
    return Array.from({ length: layers }, () => Math.min(positions, capacity));
  }
  const lowest = Math.floor(scored / beta);
  const highest = Math.min(2 * scored - lowest, positions - window);
  const least = 2 * scored - highest;
  const step = Math.floor((highest - least) / Math.max(1, layers - 1));
  return Array.from({ length: layers }, (_, layer) => highest - layer * step + window);
}

/**
 * PyramidKV in EffiVLM-Bench: SnapKV's choice with a capacity that falls with depth (@ ab3ee18,
 * `kv_cache_utils.py`; written from the description).
 *
 * @param signals  of layer `layer`: queries of at least the window
 * @throws ARGUMENT_INVALID for non-finite values, shapes that do not fit, or a parameter out of range
 */
export function kvPyramidkv(
  signals: CacheSignals,
  parameters: KvPyramidkvParameters,
): CacheSelection {
  const { layer, layers, budget } = parameters;
  const positions = cacheLength(signals, 1);
  requireNumber('layer', layer, { min: 0, max: layers - 1, integer: true });
  const { capacity, window } = cacheBudget(positions, budget);
  if (positions < capacity) return keepWholeCache(positions, signals.keys.heads);
  const count = pyramidkvCounts(positions, budget, parameters)[layer]!;
  return snapkvSelection(signals, count - window, window, parameters);
}
