import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { cosines } from '../select/cosine.js';
import {
  type Attention,
  type Matrix,
  receivedMean,
  requireCount,
  rowCount,
} from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What VisPruner looks at. */
export interface VisprunerSignals {
  /** float32 [tokens, width]: patch features of tower layer −2, before the projector. */
  readonly features: Matrix;
  /** float32 [heads, 1, tokens]: CLS attention of the same layer; one head when reduced. */
  readonly attention: Attention;
}

/** How many tokens stay, and how many of them for their attention. */
export interface VisprunerParameters {
  readonly keep: number;
  /** Share of `keep` that is chosen by attention, in [0, 1]. Default 0.5. */
  readonly importantRatio?: number;
}

/** The tokens that VisPruner keeps. */
export interface VisprunerSelection {
  /** int32, ascending. */
  readonly kept: Int32Array;
  /** int32: chosen by attention, best first. */
  readonly important: Int32Array;
  /** int32: chosen for diversity, in the order that the removal leaves. */
  readonly residual: Int32Array;
}

/** Tokens that one round removes at most. */
const ROUND = 8;

/**
 * VisPruner: half of the tokens by CLS attention, the rest by removing near-duplicates from what is left
 * (Theia-4869/VisPruner @ aefa01a, `encode_images`).
 *
 * Each round splits the residual into even and odd positions and drops the even ones that are most
 * similar to an odd one. The published code fails on odd residuals and on small ones; here halves may
 * differ by one and a round drops at most the even half.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function vispruner(
  { features, attention }: VisprunerSignals,
  { keep, importantRatio = 0.5 }: VisprunerParameters,
  kernels?: Pick<SelectionKernels, 'similarityMatrix'>,
): VisprunerSelection {
  const tokens = rowCount('features', features);
  const scores = receivedMean(attention);
  requireCount('attention', scores.length, tokens);
  requireNumber('importantRatio', importantRatio, { min: 0, max: 1 });
  const count = clampCount('keep', keep, tokens);
  const importantCount = Math.trunc(count * importantRatio);
  const ranked = rankTokens(scores, tokens);
  const important = ranked.slice(0, importantCount);
  const similarity = similarityOf(features, kernels);
  const residual = thinOut(ranked.slice(importantCount), count - importantCount, similarity);
  const kept = Int32Array.of(...important, ...residual).sort();
  return { kept, important, residual };
}

/**
 * Cosine of two tokens: of the whole matrix where kernels make it, else computed when it is asked for. Halves change from
 * round to round, but a pair that met once need not be computed again.
 */
function similarityOf(
  features: Matrix,
  kernels: Pick<SelectionKernels, 'similarityMatrix'> | undefined,
): (a: number, b: number) => number {
  const tokens = features.data.length / features.width;
  let known: Float32Array | undefined;
  if (kernels) {
    return (a, b) => {
      known ??= kernels.similarityMatrix(features.data, features.width);
      return known[a * tokens + b]!;
    };
  }
  const cosine = cosines(features);
  return (a, b) => {
    known ??= new Float32Array(tokens * tokens).fill(Number.NaN);
    const slot = a < b ? a * tokens + b : b * tokens + a;
    if (Number.isNaN(known[slot]!)) known[slot] = cosine(a, b);
    return known[slot]!;
  };
}

/** Drops near-duplicates from `residual` until `count` are left. */
function thinOut(
  residual: Int32Array,
  count: number,
  similarity: (a: number, b: number) => number,
): Int32Array {
  let left = residual;
  while (left.length > count) {
    const even = left.filter((_, position) => position % 2 === 0);
    const odd = left.filter((_, position) => position % 2 === 1);
    const closest = Float32Array.from(even, (token) => {
      let highest = -1;
      for (const other of odd) highest = Math.max(highest, similarity(token, other));
      return highest;
    });
    const drop = Math.min(ROUND, left.length - count, even.length);
    const survivors = rankTokens(closest, even.length).subarray(drop);
    left = Int32Array.of(...survivors.map((index) => even[index]!), ...odd);
  }
  return left;
}
