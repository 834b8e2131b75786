import { AutopruneError, requireNumber } from '../errors.js';
import { type DecoderGeometry, geometryScale } from '../geometry.js';
import { mean } from '../mean.js';
import { defaultBudget, requireBudget } from './budget.js';
import { largestRemainders } from './largest-remainders.js';
import { clustersFor, PUBLISHED_MERGE } from './merge-counts.js';
import { AUTOPRUNE_DEFAULTS, retentionCurve } from './retention-curve.js';
import { type Schedule, type ScheduleOptions, scheduleCosts } from './schedule.js';

/** Steps after which a bisection over float64 has nothing left to halve. */
const BISECTION_STEPS = 100;

/** Visual tokens leaving each layer, and the factor on the curve that they come from. */
interface Counts {
  readonly leaving: readonly number[];
  readonly scale: number;
}

/** The default fit: counts whose total is exact, searched on the measure of the budget. */
export function budgetSchedule(
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
    const costs = scheduleCosts(entering(leaving), leaving, geometry, textTokens);
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
    ...scheduleCosts(entering(leaving), leaving, geometry, textTokens),
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
