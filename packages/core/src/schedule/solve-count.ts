import { layerFlops } from '../cost/flops.js';
import { AutopruneError } from '../errors.js';
import { mean } from '../mean.js';
import type { PromptContext, TokenCounts } from '../method.js';
import { requireBudget } from './budget.js';

/** What a budget counts, on visual tokens entering and leaving each layer. */
export function measureBudget(
  kind: 'meanLeaving' | 'meanEntering' | 'flops',
  counts: TokenCounts,
  context: Pick<PromptContext, 'geometry' | 'visualTokens' | 'otherTokens'>,
): number {
  if (kind === 'meanLeaving') return mean(counts.leaving);
  if (kind === 'meanEntering') return mean(counts.entering);
  const { geometry, visualTokens, otherTokens } = context;
  const flopsOf = (tokens: number): number => layerFlops(tokens + otherTokens, geometry);
  return mean(counts.entering.map(flopsOf)) / flopsOf(visualTokens);
}

/**
 * The keep count that meets a budget, for a method whose counts grow with one whole number in [1, N].
 *
 * `keepRatio` is max(1, int(N · ratio)). Otherwise the count whose measure is nearest to the budget.
 *
 * @param simulate  counts of the method for a keep count
 * @param end  the largest count, where it is not that of the visual tokens
 * @throws BUDGET_INVALID, or BUDGET_UNREACHABLE with the reachable range, when the nearest count is off by
 *   more than half a step at an end of the range
 */
export function solveCount(
  method: string,
  context: PromptContext,
  simulate: (count: number) => TokenCounts,
  end = context.visualTokens,
): number {
  const { budget, visualTokens } = context;
  requireBudget(budget, visualTokens);
  const { kind, value } = budget;
  if (kind === 'native' || value === undefined) {
    throw new AutopruneError(
      'BUDGET_INVALID',
      `Method ${method} was asked to solve a native budget`,
    );
  }
  if (kind === 'keepRatio') return Math.max(1, Math.trunc(end * value));
  const at = (count: number): number => measureBudget(kind, simulate(count), context);
  const least = at(1);
  const most = at(end);
  const step = end > 1 ? (most - least) / (end - 1) : 0;
  const slack = kind === 'flops' ? step : Math.max(step / 2, 0.5);
  if (value < least - slack || value > most + slack) {
    const range = `${Number(least.toPrecision(4))} to ${Number(most.toPrecision(4))}`;
    throw new AutopruneError(
      'BUDGET_UNREACHABLE',
      `Method ${method} cannot reach ${kind}=${value} on ${visualTokens} visual tokens; its cut allows ${kind} from ${range}`,
      { method, kind, value, least, most },
    );
  }
  let low = 1;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low > 1 && value - at(low - 1) <= at(low) - value ? low - 1 : low;
}

/** Counts of a method that cuts once, before decoder layer `layer` (0 = before the decoder). */
export function singleCutCounts(
  layers: number,
  visualTokens: number,
  layer: number,
  keep: number,
): TokenCounts {
  const kept = Math.min(keep, visualTokens);
  return {
    entering: Array.from({ length: layers }, (_, index) => (index < layer ? visualTokens : kept)),
    leaving: Array.from({ length: layers }, (_, index) =>
      index < layer - 1 ? visualTokens : kept,
    ),
  };
}
