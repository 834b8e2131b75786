import { layerFlops } from '../cost/flops.js';
import { AutopruneError, requireNumber } from '../errors.js';
import { type DecoderGeometry, geometryScale, LLAVA_15_7B } from '../geometry.js';
import { type Budget, defaultBudget, requireBudget } from './budget.js';
import { type MergeRule, mergedCount, mergePoolSize, PUBLISHED_MERGE } from './merge-counts.js';
import { fitReferenceSchedule } from './reference-schedule.js';
import { AUTOPRUNE_DEFAULTS, retentionCurve, slopeOf } from './retention-curve.js';

/** Inputs of {@link fitSchedule}. */
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
    ...summary(entering, leaving, geometry, textTokens),
    budget: { kind: 'meanLeaving', value, achieved: mean(leaving) },
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function summary(
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

/** Steps after which a bisection over float64 has nothing left to halve. */
const BISECTION_STEPS = 100;

/** Visual tokens leaving each layer, and the factor on the curve that they come from. */
interface Counts {
  readonly leaving: readonly number[];
  readonly scale: number;
}

/** The default fit: counts whose total is exact, searched on the measure of the budget. */
function budgetSchedule(
  options: ScheduleOptions,
  slope: number,
  geometry: DecoderGeometry,
  textTokens: number,
): Schedule {
  const { visualTokens } = options;
  const { layers } = geometry;
  const asked = options.budget ?? defaultBudget(visualTokens, false);
  requireBudget(asked, visualTokens);
  if (asked.value === undefined) {
    throw new AutopruneError(
      'BUDGET_INVALID',
      'A schedule needs a budget with a value, not native',
    );
  }
  const [kind, value] =
    asked.kind === 'keepRatio'
      ? (['meanLeaving', Math.max(1, Math.trunc(visualTokens * asked.value))] as const)
      : [asked.kind, asked.value];
  const curve = scaledCurve(options, slope, geometry);
  const countsAt = (total: number): Counts => countsOf(options, geometry, curve, total);
  const entering = (leaving: readonly number[]) => [visualTokens, ...leaving.slice(0, -1)];
  const measure = ({ leaving }: Counts): number => {
    if (kind === 'meanLeaving') return mean(leaving);
    const costs = summary(entering(leaving), leaving, geometry, textTokens);
    return kind === 'meanEntering' ? costs.meanEntering : costs.flopsRatio;
  };
  const most = layers * visualTokens;
  const total =
    kind === 'meanLeaving'
      ? Math.max(Math.round(value * layers), layers)
      : nearestTotal(layers, most, value, (tokens) => measure(countsAt(tokens)));
  const counts = countsAt(total);
  const achieved = measure(counts);
  const range = [measure(countsAt(layers)), measure(countsAt(most))] as const;
  const slack = kind === 'flops' ? (range[1] - range[0]) / visualTokens : 0.5;
  if (value < range[0] - slack || value > range[1] + slack) {
    throw new AutopruneError(
      'BUDGET_UNREACHABLE',
      `The budget ${kind}=${value} cannot be reached: ${visualTokens} visual tokens over ${layers} layers give ${kind} from ${round(range[0])} to ${round(range[1])}`,
      { kind, value, range },
    );
  }
  const { leaving, scale } = counts;
  const merged = leaving.map((count, layer) =>
    layer === 0 ? 0 : clustersFor(leaving[layer - 1]! - count, options.merge ?? PUBLISHED_MERGE),
  );
  return {
    slope,
    scale,
    keepShare: Array.from(curve, (share) => Math.min(1, scale * share)),
    keep: leaving.map((count, layer) => count - merged[layer]!),
    merged,
    ...summary(entering(leaving), leaving, geometry, textTokens),
    budget: {
      kind: asked.kind,
      value: asked.value,
      achieved: asked.kind === 'keepRatio' ? achieved / visualTokens : achieved,
    },
  };
}

/** p(1) … p(L − 1) of the decoder at hand, from constants for 32 layers. */
function scaledCurve(
  { x0 = AUTOPRUNE_DEFAULTS.x0, amplitude = AUTOPRUNE_DEFAULTS.amplitude }: ScheduleOptions,
  slope: number,
  geometry: DecoderGeometry,
): Float64Array {
  requireNumber('slope', slope, { min: 0 });
  const scale = geometryScale(geometry);
  return retentionCurve({
    layers: geometry.layers,
    slope: slope * scale.slope,
    midpoint: (x0 + slope) * scale.midpoint,
    amplitude,
  });
}

/** The total in [least, most] whose measure is nearest to `value`: bisection, then the neighbours. */
function nearestTotal(
  least: number,
  most: number,
  value: number,
  at: (total: number) => number,
): number {
  let low = least;
  let high = most;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) < value) low = middle + 1;
    else high = middle;
  }
  // The measure can step back by one token where the first cut grows, so look a little around.
  let best = low;
  const end = Math.min(low + least, most);
  for (let total = Math.max(low - least, least); total <= end; total++) {
    if (Math.abs(at(total) - value) < Math.abs(at(best) - value)) best = total;
  }
  return best;
}

/**
 * Visual tokens leaving each layer, summing to `total` where 1 ≤ counts ≤ N allows it.
 *
 * Layers before the one that gives the complexity leave N1 = min(int(capFactor · mean), N), or less where one token
 * for each later layer would not fit otherwise; layer l leaves the rounded max(1, N1 · min(1, s · p(l))).
 */
function countsOf(
  { visualTokens, cappedTokens, capFactor = AUTOPRUNE_DEFAULTS.capFactor }: ScheduleOptions,
  geometry: DecoderGeometry,
  curve: Float64Array,
  total: number,
): Counts {
  const { layers } = geometry;
  const start = Math.max(geometryScale(geometry).layer(1), 1);
  const room = Math.floor((total - (layers - start)) / start);
  const wanted = Math.max(Math.min(Math.trunc((capFactor * total) / layers), room), 1);
  const first = Math.min(visualTokens, cappedTokens ?? wanted);
  const rest = total - first * start;
  const cut = curve.subarray(start - 1);
  const real = (scale: number) =>
    Array.from(cut, (share) => Math.max(1, first * Math.min(1, scale * share)));
  let low = 0;
  let high = 1 / Math.min(...cut, 1);
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (real(middle).reduce((sum, count) => sum + count, 0) < rest) low = middle;
    else high = middle;
  }
  const before = new Array<number>(Math.min(start, layers)).fill(first);
  return { leaving: [...before, ...largestRemainders(real(high), rest, first)], scale: high };
}

const round = (value: number): number => Number(value.toPrecision(4));

/**
 * Whole numbers that sum to `total`: floors, then one more for the largest remainders, earlier first.
 * Non-rising input gives non-rising output, because remainders fall within a run of equal floors.
 */
function largestRemainders(values: readonly number[], total: number, max: number): number[] {
  const floors = values.map((value) => Math.floor(value + 1e-9));
  let missing = Math.round(total - floors.reduce((sum, count) => sum + count, 0));
  const order = values
    .map((value, index) => ({ index, rest: value - floors[index]! }))
    .sort((a, b) => (Math.abs(a.rest - b.rest) > 1e-9 ? b.rest - a.rest : a.index - b.index));
  for (const { index } of order) {
    if (missing <= 0) break;
    if (floors[index]! >= max) continue;
    floors[index]!++;
    missing--;
  }
  return floors;
}

/**
 * Merged tokens of a cut that lowers the count by `fall`: the smallest drop d with d − clusters(d) = fall.
 * A pool in which every token is its own cluster is not merged at all: the result would be the same rows.
 */
function clustersFor(fall: number, rule: MergeRule): number {
  if (fall <= 0) return 0;
  for (let dropped = fall; ; dropped++) {
    const clusters = mergedCount(dropped, rule);
    if (dropped - clusters < fall) continue;
    return mergePoolSize(dropped, rule) <= clusters ? 0 : clusters;
  }
}
