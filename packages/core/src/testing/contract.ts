import { AutopruneError } from '../errors.js';
import type { Method, ParameterValues, PromptContext } from '../method.js';
import { resolveParameters } from '../parameters.js';
import type { Budget } from '../schedule/budget.js';
import { measureBudget } from '../schedule/solve-count.js';
import { isKeptRow, type RowMap } from '../select/row-map.js';
import { type Site, siteKey } from '../site.js';
import { type DryRun, dryRun } from './dry-run.js';
import type { DryValues } from './dry-signals.js';

/** What {@link assertMethodContract} tries. */
export interface ContractOptions {
  /** Visual tokens of the pictures, square numbers. Default 1, 4, 144 and 576. */
  readonly visualTokens?: readonly number[];
  /** Default all four. */
  readonly values?: readonly DryValues[];
  /** Parameters beside the budget. */
  readonly parameters?: ParameterValues;
}

const BUDGETS: readonly Budget[] = [
  { kind: 'native' },
  { kind: 'keepRatio', value: 0.25 },
  { kind: 'keepRatio', value: 1 },
  { kind: 'meanEntering', value: 0.5 },
  { kind: 'meanLeaving', value: 0.5 },
  { kind: 'flops', value: 0.5 },
];

/** A small decoder and tower, of eight layers and five blocks. */
export function contractContext(visualTokens: number, budget: Budget): PromptContext {
  const columns = Math.round(Math.sqrt(visualTokens));
  return {
    geometry: { layers: 8, heads: 4, keyValueHeads: 2, hiddenSize: 32, intermediateSize: 64 },
    tower: { blocks: 5, featureBlock: 3, heads: 4, columns, classToken: true },
    visualTokens,
    textTokens: 9,
    otherTokens: 20,
    seed: 7,
    reference: false,
    budget,
  };
}

function fail(method: Method, where: string, problem: string): never {
  throw new AutopruneError(
    'METHOD_CONTRACT',
    `Method ${method.name} breaks the contract (${where}): ${problem}`,
    { method: method.name, where },
  );
}

/** Rows of a map are there, weights are numbers, and nothing is kept twice. */
function checkMap(method: Method, where: string, site: Site, map: RowMap): void {
  const kept: number[] = [];
  for (let row = 0; row < map.outputRows; row++) {
    if (isKeptRow(map, row)) kept.push(map.inputs[map.offsets[row]!]!);
  }
  if (map.inputs.some((row) => !(row >= 0 && row < map.inputRows))) {
    fail(method, where, `a row outside [0, ${map.inputRows})`);
  }
  if (!map.weights.every(Number.isFinite)) fail(method, where, 'a weight that is no number');
  if (new Set(kept).size < kept.length) fail(method, where, 'a row that is kept twice');
  // In the tower rows have no positions yet.
  if (
    site.kind !== 'vision' &&
    method.order === 'spatial' &&
    kept.some((row, index) => index > 0 && row < kept[index - 1]!)
  ) {
    fail(method, where, 'kept rows out of spatial order, which the table promises');
  }
}

/** A dry run as a text, so that two can be compared. */
function fingerprint({ counts, maps, cached }: DryRun): string {
  return JSON.stringify([
    counts,
    cached,
    maps.map(({ site, map }) => [
      siteKey(site),
      [...map.offsets],
      [...map.inputs],
      [...map.weights],
    ]),
  ]);
}

/** How far a measured budget may be from the asked one: what one token more or less changes, everywhere. */
function checkBudget(
  method: Method,
  where: string,
  run: DryRun,
  context: PromptContext,
  stepOf: (count: number) => number,
): void {
  const { kind, value } = context.budget;
  if (kind === 'native' || value === undefined || method.adaptive) return;
  if (kind === 'keepRatio') return;
  const measured = measureBudget(kind, run.counts, context);
  const tolerance = stepOf(context.visualTokens);
  if (Math.abs(measured - value) > tolerance) {
    fail(method, where, `${kind} is ${measured} where ${value} was asked for`);
  }
}

/**
 * Checks what every runtime relies on: decisions are the same for the same signals, use only declared signals, refer to
 * rows that exist, keep no row twice, hold the declared order, and put out the counts that `simulate` says and the budget
 * asks for; budgets that cannot be met are refused with BUDGET_UNREACHABLE. Tried on random, tied, constant and zero
 * signals, from one token to hundreds.
 *
 * @throws AutopruneError METHOD_CONTRACT naming the method, the case and what is wrong
 */
export function assertMethodContract(method: Method, options: ContractOptions = {}): void {
  const {
    visualTokens = [1, 4, 144, 576],
    values = ['random', 'ties', 'constant', 'zeros'],
    parameters = {},
  } = options;
  for (const field of ['name', 'title', 'licence'] as const) {
    if (!method[field]) fail(method, 'the table', `${field} is empty`);
  }
  for (const tokens of visualTokens) {
    for (const asked of BUDGETS) {
      const inTokens = asked.kind === 'meanEntering' || asked.kind === 'meanLeaving';
      const budget = inTokens ? { ...asked, value: Math.max(1, asked.value! * tokens) } : asked;
      const context = contractContext(tokens, budget);
      const where = `${tokens} tokens, ${budget.kind}${budget.value === undefined ? '' : `=${budget.value}`}`;
      const resolved = resolveOrRefuse(method, parameters, context, where);
      if (resolved) checkCase(method, resolved, context, where, values);
    }
  }
}

/** Resolved parameters, or undefined where the budget is rightly refused. */
function resolveOrRefuse(
  method: Method,
  parameters: ParameterValues,
  context: PromptContext,
  where: string,
): ParameterValues | undefined {
  const { kind } = context.budget;
  const takes = method.budgets?.includes(kind) ?? true;
  try {
    const resolved = resolveParameters(method, parameters, context);
    method.simulate(resolved, context);
    if (takes) return resolved;
  } catch (error) {
    if (AutopruneError.isInstance(error, 'BUDGET_UNREACHABLE')) return undefined;
    return fail(method, where, `resolving throws ${String(error)}`);
  }
  // A method without numbers of its own, such as none, has nothing that a budget could set.
  if (method.resolve)
    fail(method, where, `${kind} is not among its budgets, but it is not refused`);
  return undefined;
}

function checkCase(
  method: Method,
  resolved: ParameterValues,
  context: PromptContext,
  where: string,
  kinds: readonly DryValues[],
): void {
  const planned = method.simulate(resolved, context);
  for (const values of kinds) {
    const at = `${where}, ${values} signals`;
    let run: DryRun;
    try {
      run = dryRun(method, resolved, context, { values });
      if (fingerprint(run) !== fingerprint(dryRun(method, resolved, context, { values }))) {
        fail(method, at, 'two runs on the same signals differ');
      }
    } catch (error) {
      if (AutopruneError.isInstance(error, 'METHOD_CONTRACT')) throw error;
      fail(method, at, String(error));
    }
    for (const { site, map } of run.maps) {
      checkMap(method, `${at}, ${siteKey(site)}`, site, map);
    }
    const { entering } = run.counts;
    if (entering.some((count) => count > context.visualTokens + 1)) {
      fail(method, at, `more rows than tokens: ${entering.join(',')}`);
    }
    if (!method.adaptive && entering.join() !== planned.entering.join()) {
      fail(
        method,
        at,
        `enters ${entering.join(',')} where ${planned.entering.join(',')} is planned`,
      );
    }
    // Coarse methods (a layer, a grid, a pair of counts) are as near as their steps are wide.
    checkBudget(method, at, run, context, (count) =>
      context.budget.kind === 'flops' ? 0.15 : Math.max(1, 0.15 * count),
    );
  }
}
