import { roundHalfEven } from '../round.js';
import { argmax } from '../select/argmax.js';
import { clampCount } from '../select/clamp-count.js';
import { cosines } from '../select/cosine.js';
import { type Matrix, rowCount } from '../select/tensors.js';

/** The tokens that DivPrune keeps. */
export interface DivpruneSelection {
  /** int32 [min(keep, tokens)], ascending. */
  readonly kept: Int32Array;
  /** int32: the same, in the order of choice. */
  readonly order: Int32Array;
}

/** Tokens that a share of `tokens` keeps, rounded half to even as published. */
export function divpruneCount(tokens: number, ratio: number): number {
  return roundHalfEven(ratio * tokens);
}

/**
 * DivPrune: greedy max–min diversity. The first token is the one farthest from its nearest neighbour, each
 * next one the farthest from those chosen; the distance is 1 − cosine (Alvar et al., DivPrune, CVPR 2025,
 * section 3; written from the paper because the published code is non-commercial).
 *
 * Chosen tokens are never chosen again; the published code may pick exact duplicates twice.
 *
 * @param signals  features: float32 [tokens, width], projected
 * @throws ARGUMENT_INVALID for a non-finite feature
 */
export function divprune(
  { features }: { readonly features: Matrix },
  { keep }: { readonly keep: number },
): DivpruneSelection {
  const tokens = rowCount('features', features);
  const order = new Int32Array(clampCount('keep', keep, tokens));
  const cosine = cosines(features);
  const distance = (i: number, j: number) => Math.fround(1 - cosine(i, j));
  const nearest = new Float32Array(tokens).fill(Infinity);
  for (let i = 0; i < tokens; i++) {
    for (let j = i + 1; j < tokens; j++) {
      const value = distance(i, j);
      if (value < nearest[i]!) nearest[i] = value;
      if (value < nearest[j]!) nearest[j] = value;
    }
  }
  for (let step = 0; step < order.length; step++) {
    const chosen = argmax(nearest);
    order[step] = chosen;
    // The distance to the nearest neighbour served only to find the first.
    if (step === 0) nearest.fill(Infinity);
    nearest[chosen] = -Infinity;
    for (let i = 0; i < tokens; i++) {
      if (nearest[i] !== -Infinity) nearest[i] = Math.min(nearest[i]!, distance(chosen, i));
    }
  }
  return { kept: order.slice().sort(), order };
}
