import { requireNumber } from '../errors.js';
import { mergedCount, PUBLISHED_MERGE } from './merge-counts.js';
import { AUTOPRUNE_DEFAULTS } from './retention-curve.js';

/** Inputs of {@link fitReferenceSchedule}, under the names of the published code's quantities. */
export interface ReferenceScheduleOptions {
  readonly layers: number;
  /** Visual tokens before the first cut, N. */
  readonly visualTokens: number;
  /** Target tokens T; may be fractional, zero, negative or above N, as the published code allows. */
  readonly targetTokens: number;
  /** Slope k, after max(k0 − γ·MI, 0); Infinity works, NaN throws. */
  readonly slope: number;
  readonly x0?: number | undefined;
  readonly amplitude?: number | undefined;
  /** Tokens after the first cut, N1. Default min(int(2.5 T), N). */
  readonly cappedTokens?: number | undefined;
}

/** What the published search returns. */
export interface ReferenceSchedule {
  /** N1. */
  readonly cappedTokens: number;
  /** p(l) before scaling, float64 [L − 1]. */
  readonly baseCurve: Float64Array;
  /** scale · p(l), float64 [L − 1]; not clamped to 1. */
  readonly keepShare: Float64Array;
  /** The best scale found; null when the unscaled curve was returned at once. */
  readonly scale: number | null;
  /** Early estimate of the tokens over all layers, in float32 arithmetic. */
  readonly quickEstimate: number;
  readonly targetTotal: number;
  readonly earlyExit: boolean;
  /** |total − target| of the best scale, in the search's own simulation. */
  readonly bisectionMiss: number | null;
  readonly bisectionIterations: number | null;
  /** The search's own simulation, in float64: what leaves layer 0, 1, …, and the keep counts behind it. */
  readonly planned: {
    readonly keep: readonly number[];
    readonly merged: readonly number[];
    readonly tokens: readonly number[];
  };
  /** What the model does: float32 keep counts. Null where the published model fails (N1 below 0). */
  readonly runtime: {
    readonly keep: readonly number[];
    readonly dropped: readonly number[];
    readonly merged: readonly number[];
    readonly entering: readonly number[];
    readonly leaving: readonly number[];
  } | null;
}

/** The first scales to miss the target by less than this end the search. */
const MISS_TOLERANCE = 0.01;
const MAX_ITERATIONS = 200;
const MAX_SCALE = 20;

/**
 * Tokens that the model keeps in a layer: ceil(f32(f32(N1 − 1) · f32(share))), at most what enters.
 * torch multiplies an int64 tensor with a double in float32, and the search stops near steps of the
 * staircase often enough that float64 would give another count.
 */
export function referenceKeepCount(
  cappedTokens: number,
  keepShare: number,
  entering: number,
): number {
  const product = Math.fround(Math.fround(cappedTokens - 1) * Math.fround(keepShare));
  return Math.min(Math.ceil(product), entering) + 0;
}

/**
 * The published schedule search (AutoPrune, `modelling_sparse_llama.py`): bisection of a scale on a
 * simulation with merged tokens, at most 200 steps in [0, 20], the first scale with the smallest miss.
 *
 * @throws ARGUMENT_INVALID for a slope of NaN, as the published code throws
 */
export function fitReferenceSchedule(options: ReferenceScheduleOptions): ReferenceSchedule {
  const { layers, visualTokens, targetTokens, slope } = options;
  const { x0 = AUTOPRUNE_DEFAULTS.x0, amplitude = AUTOPRUNE_DEFAULTS.amplitude } = options;
  requireNumber('x0', x0);
  requireNumber('targetTokens', targetTokens);
  // An infinite slope is a step, but NaN is nothing.
  if (Number.isNaN(slope)) requireNumber('slope', slope);
  const cap = Math.min(Math.trunc(AUTOPRUNE_DEFAULTS.capFactor * targetTokens), visualTokens);
  const cappedTokens = options.cappedTokens ?? cap;
  const baseCurve = Float64Array.from(
    { length: layers - 1 },
    (_, index) => amplitude / (1 + Math.exp(slope * (index + 1 - (x0 + slope)))),
  );
  const targetTotal = layers * targetTokens;
  const quickEstimate = estimateTotal(baseCurve, cappedTokens);

  const simulate = (scale: number) => {
    const keep: number[] = [];
    const merged: number[] = [];
    const tokens = [cappedTokens];
    let current = cappedTokens;
    let total = cappedTokens;
    for (const share of baseCurve) {
      // + 0 turns the -0 of an empty prompt into 0.
      const kept = Math.min(Math.ceil((cappedTokens - 1) * Math.min(1, scale * share)), cap) + 0;
      const clusters = mergedCount(current - kept, PUBLISHED_MERGE);
      current = kept + clusters;
      total += current;
      keep.push(kept);
      merged.push(clusters);
      tokens.push(current);
    }
    return { keep, merged, tokens, total };
  };

  const earlyExit = targetTokens < 0 || Math.abs(quickEstimate - targetTotal) < 1;
  let scale: number | null = null;
  let bisectionMiss: number | null = null;
  let bisectionIterations: number | null = null;
  if (!earlyExit) {
    let low = 0;
    let high = MAX_SCALE;
    scale = 1;
    bisectionMiss = Infinity;
    bisectionIterations = 0;
    while (bisectionIterations < MAX_ITERATIONS) {
      const middle = (low + high) / 2;
      const { total } = simulate(middle);
      bisectionIterations++;
      const miss = Math.abs(total - targetTotal);
      if (miss < bisectionMiss) {
        bisectionMiss = miss;
        scale = middle;
      }
      if (miss < MISS_TOLERANCE) break;
      if (total < targetTotal) low = middle;
      else high = middle;
    }
  }
  const factor = scale ?? 1;
  const keepShare = baseCurve.map((share) => factor * share);
  const planned = simulate(factor);
  return {
    cappedTokens,
    baseCurve,
    keepShare,
    scale,
    quickEstimate,
    targetTotal,
    earlyExit,
    bisectionMiss,
    bisectionIterations,
    planned: { keep: planned.keep, merged: planned.merged, tokens: planned.tokens },
    runtime: runtimeCounts(keepShare, cappedTokens, visualTokens),
  };
}

/**
 * Σ over pruning layers of int(f32(N1 · p)), the last value once more for the tail. It leaves out merged
 * tokens and counts layer 0 at the share of layer 1, as published.
 */
function estimateTotal(baseCurve: Float64Array, cappedTokens: number): number {
  let total = 0;
  let last = cappedTokens;
  for (const share of baseCurve) {
    last = Math.trunc(Math.fround(Math.fround(cappedTokens) * Math.fround(share)));
    total += last;
  }
  return total + last;
}

function runtimeCounts(
  keepShare: Float64Array,
  cappedTokens: number,
  visualTokens: number,
): ReferenceSchedule['runtime'] {
  if (cappedTokens < 0) return null;
  const keep: number[] = [];
  const dropped: number[] = [];
  const merged: number[] = [];
  const leaving = [cappedTokens];
  for (const share of keepShare) {
    const entering = leaving.at(-1)!;
    const kept = referenceKeepCount(cappedTokens, share, entering);
    const clusters = mergedCount(entering - kept, PUBLISHED_MERGE);
    keep.push(kept);
    dropped.push(entering - kept);
    merged.push(clusters);
    leaving.push(kept + clusters);
  }
  return { keep, dropped, merged, entering: [visualTokens, ...leaving.slice(0, -1)], leaving };
}
