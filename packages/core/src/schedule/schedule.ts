import { layerFlops } from '../cost/flops.js';
import type { DecoderGeometry } from '../geometry.js';
import { mean } from '../mean.js';
import type { Budget } from './budget.js';
import type { MergeRule } from './merge-counts.js';

/** Inputs of `fitSchedule`. */
export interface ScheduleOptions {
  /** Visual tokens that enter layer 0, N ≥ 1. */
  readonly visualTokens: number;
  /** Decoder layers and heads (and widths, for `flops` budgets). Default LLaVA-1.5-7B. */
  readonly geometry?: DecoderGeometry;
  /** What to spend. Default `meanLeaving` of 2/9 of the visual tokens (128 of 576). */
  readonly budget?: Budget | undefined;
  /** Slope k in units of 32 layers; instead of `complexity`. */
  readonly slope?: number | undefined;
  /** Mutual information in bits, summed over 32 heads; k = max(k0 − γ · complexity, 0). Default 1. */
  readonly complexity?: number | undefined;
  /** Midpoint in units of 32 layers. Default 14.9. */
  readonly x0?: number | undefined;
  /** Default 0.4. */
  readonly k0?: number | undefined;
  /** Default 0.2. */
  readonly gamma?: number | undefined;
  /** Height of the curve. Default 0.75. */
  readonly amplitude?: number | undefined;
  /** Tokens after the first cut, in units of the target. Default 2.5. */
  readonly capFactor?: number | undefined;
  /** Tokens after the first cut, instead of `capFactor`. */
  readonly cappedTokens?: number | undefined;
  /** Share of the dropped tokens that is merged, and pool tokens per merged token. Default 0.3 and 10. */
  readonly merge?: MergeRule;
  /** Prompt tokens that are not visual, for `flops` budgets and `flopsRatio`. Default 60. */
  readonly textTokens?: number;
  /** The published search, for the published geometry, bit for bit. Default false. */
  readonly reference?: boolean;
}

/** A plan of how many visual tokens enter and leave each layer. */
export interface Schedule {
  /** Slope k in units of 32 layers. */
  readonly slope: number;
  /** Factor on the retention curve; null where the published search returns the curve unscaled. */
  readonly scale: number | null;
  /** Scaled curve for layers 1 … L − 1, as a share of the tokens after the first cut. */
  readonly keepShare: readonly number[];
  /** Visual tokens kept as they are after layers 0 … L − 1. */
  readonly keep: readonly number[];
  /** Merged tokens put back after layers 0 … L − 1. */
  readonly merged: readonly number[];
  /** Visual tokens entering layers 0 … L − 1. */
  readonly entering: readonly number[];
  /** Visual tokens leaving layers 0 … L − 1; the last is what would be kept, though that cut is useless. */
  readonly leaving: readonly number[];
  readonly meanEntering: number;
  readonly meanLeaving: number;
  /** Decoder prefill FLOPs as a share of the unpruned prompt. */
  readonly flopsRatio: number;
  /** What was asked, what came out, and the difference, in the unit of the budget. */
  readonly budget: {
    readonly kind: Budget['kind'];
    readonly value: number;
    readonly achieved: number;
  };
}

/** The counts of a schedule with what they cost. */
export function scheduleCosts(
  entering: readonly number[],
  leaving: readonly number[],
  geometry: DecoderGeometry,
  textTokens: number,
) {
  const spent = entering.reduce(
    (sum, tokens) => sum + layerFlops(tokens + textTokens, geometry),
    0,
  );
  const unpruned = layerFlops(entering[0]! + textTokens, geometry) * geometry.layers;
  return {
    entering,
    leaving,
    meanEntering: mean(entering),
    meanLeaving: mean(leaving),
    flopsRatio: spent / unpruned,
  };
}
