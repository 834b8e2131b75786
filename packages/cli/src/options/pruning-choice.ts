import {
  AutopruneError,
  type Budget,
  type Method,
  type ParameterSpec,
  type ParameterValues,
  parseBudget,
  requireBudget,
  suggestion,
} from '@autoprune/core';
import { parseLayerSpecs, parseMethods } from '@autoprune/core/compose';
import { registerAllMethods } from '@autoprune/core/methods';
import type { PruningOptions } from './pruning-options.js';

/** A method, its parameters and budget, as llava takes them. */
export interface PruningChoice {
  readonly method: Method;
  readonly parameters: ParameterValues;
  readonly budget?: Budget;
  readonly reference: boolean;
  readonly seed: number;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** A text as a value of a type; one that is none stays a text, which is refused where ranges are checked. */
function readAs(type: ParameterSpec['type'], text: string): number | boolean | string {
  if (type === 'string') return text;
  if (type === 'boolean') return BOOLEANS.get(text) ?? text;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}

function parameterValue(method: Method, name: string, text: string): number | boolean | string {
  const names = method.parameters.map((spec) => spec.name);
  const spec = method.parameters.find((one) => one.name === name);
  if (!spec) {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Method ${method.name} has no parameter ${name}${suggestion(name, names)} (it has: ${names.join(', ') || 'none'})`,
      { method: method.name, name },
    );
  }
  return readAs(spec.type, text);
}

/** Values of `--param` and of the flags that stand for parameters. */
function givenParameters(method: Method, options: PruningOptions): ParameterValues {
  const values: Record<string, number | boolean | string> = {};
  const flags = {
    x0: options.x0,
    k0: options.k0,
    gamma: options.gamma,
    visualTokenCap: options.visualTokenNum,
  };
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    values[name] = parameterValue(method, name, String(value));
  }
  for (const text of options.param ?? []) {
    const [name = '', ...rest] = text.split('=');
    if (rest.length === 0) {
      throw new AutopruneError(
        'PARAMETER_INVALID',
        `--param ${text} has no value; write --param ${name}=VALUE`,
        { text },
      );
    }
    values[name] = parameterValue(method, name, rest.join('='));
  }
  return values;
}

/** The method of `--method`, or of `--layer-specs`, which say themselves how much they keep. */
function chosenMethod(options: PruningOptions): Method {
  const { layerSpecs, keepRatio, reference = false, targetTokens, budget } = options;
  if (layerSpecs === undefined) return parseMethods(options.method);
  if (targetTokens !== undefined || budget !== undefined) {
    throw new AutopruneError(
      'BUDGET_INVALID',
      'Layer specs say how much every stage keeps; leave out --target-tokens and --budget (--keep-ratio is for stages without a ratio)',
    );
  }
  return parseLayerSpecs(layerSpecs, {
    reference,
    ...(keepRatio === undefined ? {} : { keepRatio }),
  });
}

/**
 * The method, parameters and budget of the options.
 *
 * @throws METHOD_UNKNOWN, PARAMETER_INVALID or BUDGET_INVALID
 */
export function pruningChoice(options: PruningOptions): PruningChoice {
  registerAllMethods();
  const method = chosenMethod(options);
  const parameters = givenParameters(method, options);
  const { reference = false, seed, targetTokens, budget: text, keepRatio } = options;
  let budget: Budget | undefined;
  if (options.layerSpecs !== undefined) budget = { kind: 'native' };
  else if (keepRatio !== undefined) budget = { kind: 'keepRatio', value: keepRatio };
  else if (targetTokens !== undefined) budget = { kind: 'meanLeaving', value: targetTokens };
  else if (text !== undefined) budget = parseBudget(text);
  const { budgetScope } = options;
  if (budgetScope !== undefined) {
    if (budget?.value === undefined) {
      throw new AutopruneError(
        'BUDGET_INVALID',
        `--budget-scope ${budgetScope} says what shares a budget; give the budget too, with --target-tokens, --keep-ratio or --budget`,
        { budgetScope },
      );
    }
    budget = { ...budget, scope: budgetScope };
  }
  if (budget) requireBudget(budget);
  return { method, parameters, ...(budget ? { budget } : {}), reference, seed };
}
