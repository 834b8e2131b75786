import type { ParameterSpec, ParameterValues, PromptContext } from '../method.js';
import { shareCount } from '../round.js';
import { singleCutCounts, solveCount } from '../schedule/solve-count.js';
import { SHARE } from './share-parameter.js';

/** How many tokens a method that cuts to a count keeps. */
export interface KeepSettings {
  readonly keep: number;
  /** Share of the rows that are there when the cut comes, instead of `keep`. */
  readonly share: number | null;
}

/** The parameters `keep` and `share`. */
export const keepParameters = (native: string): readonly ParameterSpec[] => [
  {
    name: 'keep',
    type: 'integer',
    min: 0,
    default: null,
    setsBudget: true,
    description: `Visual tokens kept; from the budget when not given, ${native} with the native budget`,
  },
  SHARE,
];

/**
 * Fills in `keep` of a method that cuts once.
 *
 * @param cut.layer  the cut is before this decoder layer; 0 is before the decoder
 * @param cut.native  tokens kept with the native budget
 * @param cut.outputs  rows that come out for a count; default as many
 * @throws BUDGET_UNREACHABLE with the reachable range
 */
export function resolveKeep(
  method: string,
  parameters: ParameterValues,
  context: PromptContext,
  cut: {
    readonly layer: number;
    readonly native: number;
    readonly outputs?: (keep: number) => number;
  },
): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const { layer, native, outputs = (keep) => keep } = cut;
  const share = parameters.share as number | null;
  const solved = (): number =>
    solveCount(method, context, (tokens) =>
      singleCutCounts(geometry.layers, visualTokens, layer, outputs(tokens)),
    );
  const keep =
    parameters.keep ??
    (share !== null
      ? shareCount(visualTokens, share)
      : budget.kind === 'native'
        ? native
        : solved());
  return { ...parameters, keep: Math.min(keep as number, visualTokens) };
}

/** Tokens to keep of `rows` that are there. */
export function keepCount({ keep, share }: KeepSettings, rows: number): number {
  return Math.min(share === null ? keep : shareCount(rows, share), rows);
}
