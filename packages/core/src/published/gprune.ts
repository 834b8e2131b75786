import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { rowNorms } from '../select/cosine.js';
import { similarityMatrix } from '../select/similarity-matrix.js';
import { softmaxInPlace } from '../select/softmax.js';
import { type Matrix, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** The graph of G-Prune, and how many tokens stay. */
export interface GpruneParameters {
  readonly keep: number;
  /** Steps of propagation. Default 5. */
  readonly iterations?: number;
  /** Cosines below this are no edge. Default 0.5. */
  readonly similarity?: number;
  /** Divisor of the cosines before the softmax, above 0. Default 0.03. */
  readonly temperature?: number;
}

/** The tokens that G-Prune keeps. */
export interface GpruneSelection {
  /** int32 [min(keep, tokens)], ascending. */
  readonly kept: Int32Array;
  /** int32: the same, best first. */
  readonly order: Int32Array;
  /** float32 [tokens]: what has flowed to each, over its degree. */
  readonly information: Float32Array;
  /** int32 [tokens]: neighbours of each, itself included. */
  readonly degree: Int32Array;
}

/** Logit of a pair without an edge: its weight is 0 beside any edge. */
const NO_EDGE = -5000;

/** Tokens that a share of `tokens` keeps, as published. */
export function gpruneCount(tokens: number, ratio: number): number {
  return Math.trunc(ratio * tokens);
}

/**
 * G-Prune: information of a token is what reaches it when the norms of all tokens flow along a similarity
 * graph for some steps, divided by its degree (jytmelon/G-Prune @ 762c637, `llava_arch.py`; written from
 * the formulas).
 *
 * A zero token has no edge, not even to itself: its weights are equal and its degree is the number of
 * tokens, as in the published code.
 *
 * @param signals  features: float32 [tokens, width], projected, of one view
 * @throws ARGUMENT_INVALID for a non-finite feature or a parameter out of range
 */
export function gprune(
  { features }: { readonly features: Matrix },
  parameters: GpruneParameters,
  kernels: Pick<SelectionKernels, 'similarityMatrix'> = { similarityMatrix },
): GpruneSelection {
  const { keep, iterations = 5, similarity = 0.5, temperature = 0.03 } = parameters;
  const tokens = rowCount('features', features);
  const count = clampCount('keep', keep, tokens);
  requireNumber('iterations', iterations, { min: 0, integer: true });
  requireNumber('similarity', similarity, { min: -1, max: 1 });
  requireNumber('temperature', temperature, { min: 1e-6 });
  // The matrix of cosines becomes the matrix of weights row by row.
  const weights = kernels.similarityMatrix(features.data, features.width);
  const degree = new Int32Array(tokens);
  const row = new Float64Array(tokens);
  for (let i = 0; i < tokens; i++) {
    const cosines = weights.subarray(i * tokens, (i + 1) * tokens);
    for (let j = 0; j < tokens; j++) {
      const value = cosines[j]!;
      row[j] = value < similarity || value === 0 ? NO_EDGE : value / temperature;
    }
    softmaxInPlace(row);
    for (let j = 0; j < tokens; j++) if (row[j]! > 0) degree[i]!++;
    cosines.set(row);
  }
  let flow = rowNorms(features);
  for (let step = 0; step < iterations; step++) {
    const next = new Float64Array(tokens);
    for (let i = 0, slot = 0; i < tokens; i++) {
      for (let j = 0; j < tokens; j++, slot++) next[j]! += flow[i]! * weights[slot]!;
    }
    flow = next;
  }
  const information = Float32Array.from(flow, (value, token) => value / degree[token]!);
  const order = rankTokens(information, count);
  return { kept: order.slice().sort(), order, information, degree };
}
