import { AutopruneError, requireNumber } from '../errors.js';
import { type DecoderGeometry, LLAVA_15_7B } from '../geometry.js';
import { mean } from '../mean.js';
import { budgetSchedule } from './budget-schedule.js';
import { fitReferenceSchedule } from './reference-schedule.js';
import { slopeOf } from './retention-curve.js';
import { type Schedule, type ScheduleOptions, scheduleCosts } from './schedule.js';

/**
 * Fits AutoPrune's retention curve to a budget (paper §3.3).
 *
 * The default meets the budget: real counts along the curve are rounded by largest remainders, so that
 * the total over all layers is the whole number nearest to what was asked, never rising over layers and
 * never below 1 (docs/decisions/0001). `reference: true` is the published bisection, whose staircase can
 * miss by several tokens and whose counts are held by the golden vectors.
 *
 * @throws BUDGET_INVALID, BUDGET_UNREACHABLE (with the reachable range) or ARGUMENT_INVALID
 */
export function fitSchedule(options: ScheduleOptions): Schedule {
  const { visualTokens, geometry = LLAVA_15_7B, textTokens = 60 } = options;
  requireNumber('visualTokens', visualTokens, { min: 1, integer: true });
  const slope = options.slope ?? slopeOf(options.complexity ?? 1, options);
  return options.reference === true
    ? referenceSchedule(options, slope, geometry, textTokens)
    : budgetSchedule(options, slope, geometry, textTokens);
}

function referenceSchedule(
  options: ScheduleOptions,
  slope: number,
  geometry: DecoderGeometry,
  textTokens: number,
): Schedule {
  const { visualTokens, x0, amplitude, cappedTokens, budget } = options;
  if (budget && budget.kind !== 'meanLeaving') {
    throw new AutopruneError(
      'BUDGET_INVALID',
      `The published search takes meanLeaving only, not ${budget.kind}; leave out reference`,
      { kind: budget.kind },
    );
  }
  const value = budget?.value ?? 64;
  const fitted = fitReferenceSchedule({
    layers: geometry.layers,
    visualTokens,
    targetTokens: value,
    slope,
    x0,
    amplitude,
    cappedTokens,
  });
  if (!fitted.runtime) {
    throw new AutopruneError(
      'BUDGET_INVALID',
      `The published model fails for ${value} target tokens: its first cut would keep ${fitted.cappedTokens}`,
    );
  }
  const { keep, merged, entering, leaving } = fitted.runtime;
  return {
    slope,
    scale: fitted.scale,
    keepShare: [...fitted.keepShare],
    keep: [fitted.cappedTokens, ...keep],
    merged: [0, ...merged],
    ...scheduleCosts(entering, leaving, geometry, textTokens),
    budget: { kind: 'meanLeaving', value, achieved: mean(leaving) },
  };
}
