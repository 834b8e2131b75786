import type { DecoderGeometry } from '../geometry.js';
import type { Method, ParameterValues, PromptContext, TokenCounts } from '../method.js';
import { resolveParameters } from '../parameters.js';
import { findMethod } from '../registry.js';
import type { Budget } from '../schedule/budget.js';

/** Options of {@link simulate}. */
export interface SimulationOptions {
  readonly method: string | Method;
  readonly parameters?: ParameterValues;
  /** Default `native`. */
  readonly budget?: Budget;
  readonly geometry: DecoderGeometry;
  /** Visual tokens without pruning. */
  readonly visualTokens: number;
  /** All other prompt tokens. Default 60. */
  readonly otherTokens?: number;
  /** Mutual information in units of 32 heads, for adaptive methods. */
  readonly complexity?: number;
  readonly reference?: boolean;
}

/** Per-layer counts; an adaptive method without its signal gives its middle and the range. */
export interface Simulation extends TokenCounts {
  /** Counts at the two ends of an adaptive method, per layer [least, most] entering. */
  readonly range?: readonly (readonly [number, number])[];
}

/** Mutual information beyond which the published slope is 0, and the value at which it is k0. */
const COMPLEXITY_ENDS = [0, 2] as const;

/**
 * Visual tokens entering and leaving each layer, without running a model.
 *
 * @throws METHOD_UNKNOWN, BUDGET_INVALID, BUDGET_UNREACHABLE or PARAMETER_INVALID
 */
export function simulate(options: SimulationOptions): Simulation {
  const method = typeof options.method === 'string' ? findMethod(options.method) : options.method;
  const { parameters = {}, complexity, otherTokens = 60 } = options;
  const context: PromptContext = {
    geometry: options.geometry,
    visualTokens: options.visualTokens,
    textTokens: otherTokens,
    otherTokens,
    seed: 0,
    reference: options.reference ?? false,
    budget: options.budget ?? { kind: 'native' },
  };
  const resolved = resolveParameters(method, parameters, context);
  const at = (value?: number): TokenCounts =>
    method.simulate(resolved, {
      ...context,
      ...(value === undefined ? {} : { complexity: value }),
    });
  const counts = at(complexity);
  if (!method.adaptive || complexity !== undefined) return counts;
  const ends = COMPLEXITY_ENDS.map((value) => at(value).entering);
  return {
    ...counts,
    range: counts.entering.map((_, layer) => {
      const values = ends.map((entering) => entering[layer]!);
      return [Math.min(...values), Math.max(...values)] as const;
    }),
  };
}
