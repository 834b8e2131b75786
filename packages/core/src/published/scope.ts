import { requireNumber } from '../errors.js';
import { argmax } from '../select/argmax.js';
import { clampCount } from '../select/clamp-count.js';
import { similarityMatrix } from '../select/similarity-matrix.js';
import {
  type Attention,
  type Matrix,
  receivedMean,
  requireCount,
  requireFinite,
  rowCount,
} from '../select/tensors.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What SCOPE looks at. */
export interface ScopeSignals {
  /** float32 [tokens, width]: patch features of tower layer −2, before the projector. */
  readonly features: Matrix;
  /** float32 [heads, 1, tokens], at least 0: CLS attention of that layer. */
  readonly attention: Attention;
}

/** How many tokens stay, and how saliency and coverage are weighed. */
export interface ScopeParameters {
  readonly keep: number;
  /** Exponent of the attention. Default 1. */
  readonly alpha?: number;
  /** Gain times attention, or plus attention. Default `multiply`. */
  readonly combine?: 'multiply' | 'add';
}

/** The tokens that SCOPE keeps. */
export interface ScopeSelection {
  /** int32 [min(keep, tokens)], ascending. */
  readonly kept: Int32Array;
  /** int32: the same, in the order of choice. */
  readonly order: Int32Array;
}

/**
 * SCOPE: greedy choice of the token whose gain in coverage, weighed by its CLS attention summed over
 * heads, is largest. Coverage of a token is its highest cosine to the chosen ones (kinredon/SCOPE @
 * 6bf7306, arXiv 2510.24214; written from the formulas).
 *
 * Gains never grow as tokens are chosen, not even by rounding, so that an old gain bounds the new one and
 * only the candidates that come up are evaluated again.
 *
 * @throws ARGUMENT_INVALID for non-finite values, negative attention or signals that do not fit together
 */
export function scope(
  { features, attention }: ScopeSignals,
  { keep, alpha = 1, combine = 'multiply' }: ScopeParameters,
  kernels: Pick<SelectionKernels, 'similarityMatrix'> = { similarityMatrix },
): ScopeSelection {
  const tokens = rowCount('features', features);
  requireNumber('alpha', alpha, { min: 0 });
  const saliency = Float64Array.from(receivedMean(attention), (mean, token) => {
    requireNumber(`attention of token ${token}`, mean, { min: 0 });
    return (mean * attention.heads) ** alpha;
  });
  requireFinite('attention ** alpha', saliency);
  requireCount('attention', saliency.length, tokens);
  const order = new Int32Array(clampCount('keep', keep, tokens));
  const similarity = kernels.similarityMatrix(features.data, features.width);
  const covered = new Float32Array(tokens);
  const gainOf = (token: number): number => {
    let gain = 0;
    for (let j = 0, slot = token * tokens; j < tokens; j++, slot++) {
      const more = similarity[slot]! - covered[j]!;
      if (more > 0) gain += more;
    }
    return combine === 'add' ? gain + saliency[token]! : gain * saliency[token]!;
  };
  const gains = Float64Array.from({ length: order.length > 0 ? tokens : 0 }, (_, i) => gainOf(i));
  const evaluatedAt = new Int32Array(tokens);
  for (let step = 0; step < order.length; step++) {
    let best = argmax(gains);
    while (evaluatedAt[best]! < step) {
      gains[best] = gainOf(best);
      evaluatedAt[best] = step;
      best = argmax(gains);
    }
    order[step] = best;
    gains[best] = -Infinity;
    evaluatedAt[best] = tokens;
    for (let j = 0; j < tokens; j++) {
      covered[j] = Math.max(covered[j]!, similarity[best * tokens + j]!);
    }
  }
  return { kept: order.slice().sort(), order };
}
