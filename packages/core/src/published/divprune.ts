import { roundHalfEven } from '../round.js';
import { clampCount } from '../select/clamp-count.js';
import { selectMaxMin } from '../select/max-min.js';
import { type Matrix, rowCount } from '../select/tensors.js';
import type { SelectionKernels } from '../selection-kernels.js';

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
  kernels: Pick<SelectionKernels, 'selectMaxMin'> = { selectMaxMin },
): DivpruneSelection {
  const tokens = rowCount('features', features);
  const order = kernels.selectMaxMin(
    features.data,
    features.width,
    clampCount('keep', keep, tokens),
  );
  return { kept: order.slice().sort(), order };
}
