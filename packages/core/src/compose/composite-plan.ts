import { AutopruneError } from '../errors.js';
import type { Method, ParameterValues, PromptContext, TokenCounts } from '../method.js';
import { resolveParameters } from '../parameters.js';
import type { Budget } from '../schedule/budget.js';
import { solveCount } from '../schedule/solve-count.js';

/** One method of a composition, with the parameters that were given for it. */
export interface Part {
  readonly method: Method;
  readonly given: ParameterValues;
}

/** A part whose parameters are resolved for the tokens that reach it. */
export interface PlannedPart {
  readonly part: Part;
  readonly parameters: ParameterValues;
  readonly context: PromptContext;
}

/** The planner searches the common keep ratio in steps of a thousandth. */
const RATIO_STEPS = 1000;

const isBeforeDecoder = ({ sites }: Method): boolean =>
  sites.some((site) => site === 'vision' || site === 'input');

const NATIVE: Budget = { kind: 'native' };

/** The budget of one part: its own parameters, what was asked of the whole, or its native numbers. */
function partBudget({ method, given }: Part, budget: Budget): Budget {
  const own = method.parameters.some(
    ({ name, setsBudget }) => setsBudget && (given[name] ?? null) !== null,
  );
  if (own || method.budgets?.includes(budget.kind) === false) return NATIVE;
  return budget;
}

/** Whether a part keeps a share of what reaches it, so that shares of several multiply. */
const isShare = ({ share, shares }: ParameterValues): boolean => (share ?? shares ?? null) !== null;

/** Resolves every part for the tokens that reach it: those in the decoder see what those before it leave. */
function planParts(
  parts: readonly Part[],
  context: PromptContext,
  budget: Budget,
): readonly PlannedPart[] {
  let { visualTokens } = context;
  return parts.map((part) => {
    const own: PromptContext = { ...context, visualTokens, budget: partBudget(part, budget) };
    const parameters = resolveParameters(part.method, part.given, own);
    if (isBeforeDecoder(part.method)) {
      visualTokens = part.method.simulate(parameters, own).entering[0] ?? visualTokens;
    }
    return { part, parameters, context: own };
  });
}

/** Counts of a composition: shares multiply, counts of several methods in the decoder take the least. */
export function planCounts(planned: readonly PlannedPart[], context: PromptContext): TokenCounts {
  const { layers } = context.geometry;
  const entering = new Array<number>(layers).fill(context.visualTokens);
  const leaving = entering.slice();
  for (const { part, parameters, context: own } of planned) {
    const counts = part.method.simulate(parameters, own);
    const combine = (before: number, count: number): number =>
      isShare(parameters) && !isBeforeDecoder(part.method)
        ? Math.max(Math.min(1, count), Math.trunc((before * count) / own.visualTokens))
        : Math.min(before, count);
    for (let layer = 0; layer < layers; layer++) {
      entering[layer] = combine(entering[layer]!, counts.entering[layer]!);
      leaving[layer] = combine(leaving[layer]!, counts.leaving[layer]!);
    }
  }
  return { entering, leaving };
}

/**
 * Resolves a composition for a budget. Parts that say themselves how much they keep stay as they are; all others keep
 * one common ratio, which is solved so that the whole meets the budget.
 *
 * @throws BUDGET_UNREACHABLE with the reachable range
 */
export function planComposition(
  name: string,
  parts: readonly Part[],
  context: PromptContext,
): readonly PlannedPart[] {
  const { budget } = context;
  if (budget.kind === 'native' || budget.kind === 'keepRatio') {
    return planParts(parts, context, budget);
  }
  const at = (step: number): readonly PlannedPart[] =>
    planParts(parts, context, { kind: 'keepRatio', value: step / RATIO_STEPS });
  const before = refusedSteps(at);
  const step = solveCount(
    name,
    context,
    (one) => planCounts(at(before + one), context),
    RATIO_STEPS - before,
  );
  return at(before + step);
}

/** How many of the smallest ratios a part refuses, because it cannot keep so few. */
function refusedSteps(at: (step: number) => unknown): number {
  let refused = 0;
  let taken = RATIO_STEPS;
  while (taken - refused > 1) {
    const middle = Math.floor((refused + taken) / 2);
    try {
      at(middle);
      taken = middle;
    } catch (error) {
      if (!AutopruneError.isInstance(error, 'BUDGET_UNREACHABLE')) throw error;
      refused = middle;
    }
  }
  return refused;
}
