import { requireNumber } from '../errors.js';
import { drawPositions, randomStream } from '../random.js';
import { type CacheSelection, cacheBudget, keepWholeCache } from '../select/cache-selection.js';

/** How much of a cache stays, and what draws it. */
export interface KvRandomParameters {
  /** Share of the positions; the whole cache where they are below the capacity. */
  readonly budget: number;
  readonly seed: number;
  /** Layer, so that draws of layers do not depend on their order; heads follow by themselves. */
  readonly layer: number;
  /** Draw for every head; false: once for all of them. Default true. */
  readonly headAdaptive?: boolean;
}

/**
 * The control of the cache methods: positions drawn with a seed, and the last tenth of the capacity
 * (EffiVLM-Bench @ ab3ee18 has the same split without a seed).
 *
 * @param positions  cached positions n
 * @throws ARGUMENT_INVALID for a count, a budget or a layer out of range
 */
export function kvRandom(
  { positions, keyValueHeads }: { readonly positions: number; readonly keyValueHeads: number },
  { budget, seed, layer, headAdaptive = true }: KvRandomParameters,
): CacheSelection {
  requireNumber('positions', positions, { min: 0, integer: true });
  requireNumber('keyValueHeads', keyValueHeads, { min: 1, integer: true });
  requireNumber('layer', layer, { min: 0, integer: true });
  const { capacity, window } = cacheBudget(positions, budget);
  if (positions < capacity) return keepWholeCache(positions, keyValueHeads);
  const kept = Array.from({ length: keyValueHeads }, (_, head) => {
    const stream = layer * keyValueHeads + (headAdaptive ? head : 0);
    const drawn = drawPositions(randomStream(seed, stream), positions - window, capacity - window);
    const last = Array.from({ length: window }, (_, index) => positions - window + index);
    return Int32Array.of(...drawn.sort(), ...last);
  });
  return { kept, order: kept };
}
