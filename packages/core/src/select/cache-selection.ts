import { requireNumber } from '../errors.js';
import { rankTokens } from './top-tokens.js';

/** Positions that a key/value cache keeps, one list a key/value head. */
export interface CacheSelection {
  /** int32, ascending. */
  readonly kept: readonly Int32Array[];
  /** int32, in the published cache order: best first, then the window. */
  readonly order: readonly Int32Array[];
}

/** Capacity of a cache and the share of it that the most recent positions always have. */
export interface CacheBudget {
  /** max(1, int(n · budget)); may exceed n. */
  readonly capacity: number;
  /** max(1, int(0.1 · capacity)). */
  readonly window: number;
}

/**
 * Capacity and window of EffiVLM-Bench's cache methods.
 *
 * @param positions  cached positions n
 * @param budget  share of n, above 0; above 1 everything is kept
 */
export function cacheBudget(positions: number, budget: number): CacheBudget {
  requireNumber('budget', budget, { min: 0 });
  const capacity = Math.max(1, Math.trunc(positions * budget));
  return { capacity, window: Math.max(1, Math.trunc(0.1 * capacity)) };
}

/** All positions of every head. */
export function keepWholeCache(positions: number, keyValueHeads: number): CacheSelection {
  const all = Int32Array.from({ length: positions }, (_, index) => index);
  const kept = Array.from({ length: keyValueHeads }, () => all);
  return { kept, order: kept };
}

/**
 * Importance per key/value head: the sum over the query heads that it serves, or over all of them.
 *
 * @param received  float64 [heads, positions]
 * @param headAdaptive  false: one importance for all heads
 * @returns float32 [candidates] of the first positions, one array a key/value head
 */
export function importancePerHead(
  received: Float64Array,
  heads: number,
  keyValueHeads: number,
  candidates: number,
  headAdaptive: boolean,
): Float32Array[] {
  const positions = received.length / heads;
  const groups = headAdaptive ? keyValueHeads : 1;
  const group = heads / groups;
  const importance = Array.from({ length: groups }, (_, index) =>
    Float32Array.from({ length: candidates }, (_, position) => {
      let sum = 0;
      for (let head = index * group; head < (index + 1) * group; head++) {
        sum += received[head * positions + position]!;
      }
      return sum;
    }),
  );
  return headAdaptive ? importance : Array.from({ length: keyValueHeads }, () => importance[0]!);
}

/**
 * Keeps the `count` most important of the positions before the window, and the window.
 *
 * @param importance  float32 [positions − window], one array a key/value head
 */
export function keepImportant(
  importance: readonly Float32Array[],
  count: number,
  positions: number,
): CacheSelection {
  const order = importance.map((scores) => {
    const best = rankTokens(scores, Math.min(count, scores.length));
    const window = positions - scores.length;
    const all = new Int32Array(best.length + window);
    all.set(best);
    for (let index = 0; index < window; index++) all[best.length + index] = scores.length + index;
    return all;
  });
  return { kept: order.map((positionsOfHead) => positionsOfHead.slice().sort()), order };
}
