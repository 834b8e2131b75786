import type { Decision } from './decision.js';
import { AutopruneError, requireNumber } from './errors.js';
import type {
  CacheRows,
  Method,
  MethodReport,
  MethodRun,
  ParameterValues,
  PromptContext,
  SiteRequest,
  TokenCounts,
} from './method.js';
import { resolveParameters } from './parameters.js';
import { findMethod } from './registry.js';
import { type Budget, type BudgetScope, defaultBudget } from './schedule/budget.js';
import { orphanedRowEnds } from './select/row-ends.js';
import { isKeptRow, pickOutputs, type RowMap } from './select/row-map.js';
import type { SignalReader } from './signal.js';
import { type Site, siteKey } from './site.js';
import {
  initialRows,
  mapTokenRows,
  type RowContent,
  type TokenPlace,
  type TokenRows,
} from './token-rows.js';

/** One method of a pruner: its name or the method itself, with parameters. */
export interface MethodChoice {
  readonly method: string | Method;
  readonly parameters?: ParameterValues;
}

/** Options of {@link createPruner}. */
export interface PrunerOptions {
  /** One method, or several that act at different sites. Default `autoprune`. */
  readonly method?: string | Method | MethodChoice | readonly MethodChoice[];
  /** Parameters, where `method` is one method. */
  readonly parameters?: ParameterValues;
  /** Default: that of {@link defaultBudget}, unless a parameter says how much is kept. */
  readonly budget?: Budget;
  /** What the published scripts do. Default false. */
  readonly reference?: boolean;
  /** Seed of everything random. Default 0. */
  readonly seed?: number;
}

/** What a pruner is told of a prompt. */
export interface PrunerPrompt
  extends Pick<
    PromptContext,
    'geometry' | 'tower' | 'visualTokens' | 'textTokens' | 'otherTokens' | 'kernels'
  > {
  /** Position of every visual token in the prompt, in order. Default 0 … N − 1. */
  readonly positions?: ArrayLike<number>;
  /** Picture and tile of every visual token, in order; needed for budgets by picture or tile and for row ends. */
  readonly places?: readonly TokenPlace[] | undefined;
}

/** A method, or a composition, ready for any number of prompts. */
export interface Pruner {
  readonly methods: readonly Method[];
  readonly positions: Method['positions'];
  /** @throws BUDGET_INVALID, BUDGET_UNREACHABLE, PARAMETER_INVALID */
  start(prompt: PrunerPrompt): PrunerRun;
}

/** What a pruner run reports. */
export interface PrunerReport extends MethodReport {
  readonly methods: readonly (MethodReport & { readonly name: string })[];
}

/**
 * One prompt on its way through the decoder. A runtime asks {@link PrunerRun.requestsAt} what to compute
 * at a site, gives the values to {@link PrunerRun.decide}, carries the decision out and tells
 * {@link PrunerRun.apply} the row map.
 */
export interface PrunerRun {
  readonly positions: Method['positions'];
  /** All sites where something happens. */
  readonly sites: readonly SiteRequest[];
  /** The visual rows as they stand. */
  readonly rows: TokenRows;
  /** What is read at a site; undefined where no method acts, or none would change the rows. */
  requestsAt(site: Site): SiteRequest | undefined;
  decide(site: Site, signals: SignalReader, cache?: CacheRows): Decision | undefined;
  apply(map: RowMap): void;
  /** Replaces the rows: by those with their saliency, once the tower has run; by the tower's own, for a `vision` site. */
  setRows(rows: TokenRows): void;
  /** To be called when a layer begins, and when it has ended with its decisions applied. */
  enterLayer(layer: number): void;
  leaveLayer(layer: number): void;
  /** Counts so far; the last layer leaves what the method would keep, even where it makes no cut. */
  counts(): TokenCounts;
  /** What each row held after each layer. */
  history(): readonly (readonly RowContent[])[];
  report(): PrunerReport;
}

function choicesOf(options: PrunerOptions): readonly MethodChoice[] {
  const { method = 'autoprune', parameters } = options;
  if (Array.isArray(method)) return method as readonly MethodChoice[];
  if (typeof method === 'object' && 'method' in method) return [method];
  return [
    { method: method as string | Method, ...(parameters === undefined ? {} : { parameters }) },
  ];
}

/**
 * Makes a pruner of one method or a composition.
 *
 * @throws METHOD_UNKNOWN; METHOD_CONFLICT when two methods disagree on positions inside the decoder
 */
export function createPruner(options: PrunerOptions = {}): Pruner {
  const choices = choicesOf(options).map(({ method, parameters = {} }) => ({
    method: typeof method === 'string' ? findMethod(method) : method,
    parameters,
  }));
  const methods = choices.map(({ method }) => method);
  const inside = methods.filter(({ sites }) =>
    sites.some((site) => site === 'layer' || site === 'attention'),
  );
  const disagreeing = inside.find(({ positions }) => positions !== inside[0]!.positions);
  if (disagreeing) {
    throw new AutopruneError(
      'METHOD_CONFLICT',
      `${inside[0]!.name} (${inside[0]!.positions} positions) and ${disagreeing.name} (${disagreeing.positions}) cannot run in one decoder; use methods with one position rule`,
      { methods: inside.map(({ name }) => name) },
    );
  }
  const positions = inside[0]?.positions ?? methods[0]?.positions ?? 'keep';
  const { reference = false, seed = 0 } = options;
  return {
    methods,
    positions,
    start: (prompt) => {
      const runs = choices.map(({ method, parameters }) => {
        const budget =
          budgetOf(method, parameters, options.budget) ??
          (method.budgets?.includes('meanLeaving') === false
            ? { kind: 'native' as const }
            : defaultBudget(prompt.visualTokens, reference));
        const context: PromptContext = { ...prompt, budget, reference, seed };
        const resolved = resolveParameters(method, parameters, context);
        return { name: method.name, run: method.start(resolved, context) };
      });
      return composedRun(runs, positions, prompt, options.budget?.scope);
    },
  };
}

/** The budget of a method: what was given, or its own where a parameter says how much is kept. */
function budgetOf(
  method: Method,
  parameters: ParameterValues,
  given: Budget | undefined,
): Budget | undefined {
  const own = method.parameters.find(
    ({ name, setsBudget }) => setsBudget && (parameters[name] ?? null) !== null,
  );
  if (!own) return given;
  if (given && given.kind !== 'native') {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Give method ${method.name} either ${own.name} (${parameters[own.name]}) or the budget ${given.kind}=${given.value}, not both`,
      { method: method.name, parameter: own.name, budget: given },
    );
  }
  return { kind: 'native' };
}

/** A map without the row ends whose row is gone. */
function withoutOrphans(map: RowMap, rows: TokenRows): RowMap {
  const outputs = Array.from({ length: map.outputRows }, (_, row) => row);
  const inputOf = (row: number): number => map.inputs[map.offsets[row]!]!;
  const kept = outputs.filter((row) => isKeptRow(map, row));
  const orphans = orphanedRowEnds(rows, kept.map(inputOf));
  if (orphans.size === 0) return map;
  return pickOutputs(
    map,
    outputs.filter((row) => !(isKeptRow(map, row) && orphans.has(inputOf(row)))),
  );
}

interface NamedRun {
  readonly name: string;
  readonly run: MethodRun;
}

function composedRun(
  runs: readonly NamedRun[],
  positions: Method['positions'],
  prompt: PrunerPrompt,
  scope: BudgetScope | undefined,
): PrunerRun {
  const bySite = new Map<string, (NamedRun & { readonly request: SiteRequest })[]>();
  for (const { name, run } of runs) {
    for (const request of run.sites) {
      const key = siteKey(request.site);
      const entries = bySite.get(key) ?? [];
      const taken = !request.observes && entries.find((entry) => !entry.request.observes);
      if (taken) {
        throw new AutopruneError(
          'METHOD_CONFLICT',
          `${taken.name} and ${name} both act at ${key}; give one of them another layer`,
          { site: key },
        );
      }
      bySite.set(key, [...entries, { name, run, request }]);
    }
  }
  let rows = initialRows(
    prompt.positions ?? Array.from({ length: prompt.visualTokens }, (_, index) => index),
    { places: prompt.places },
  );
  const entering: number[] = [];
  const contents: (readonly RowContent[])[] = [];
  return {
    positions,
    sites: [...bySite.values()].flat().map(({ request }) => request),
    get rows() {
      return rows;
    },
    requestsAt: (site) => {
      const entries = bySite.get(siteKey(site))?.filter(({ run }) => !run.idleAt?.(site, rows));
      return (
        entries?.[0] && {
          site,
          signals: entries.flatMap(({ request }) => request.signals),
          ruleSignals: entries.flatMap(({ request }) => request.ruleSignals ?? []),
        }
      );
    },
    decide: (site, signals, cache) => {
      let decision: Decision | undefined;
      for (const { run } of bySite.get(siteKey(site)) ?? []) {
        decision = run.decide(site, { rows, signals, cache }) ?? decision;
      }
      if (!decision) return undefined;
      if (decision.kind === 'rule') return scope ? { ...decision, scope } : decision;
      return decision.kind === 'row-map' ? withoutOrphans(decision, rows) : decision;
    },
    apply: (map) => {
      const count = rows.contents.length;
      requireNumber('input rows of the row map', map.inputRows, { min: count, max: count });
      rows = mapTokenRows(rows, map);
    },
    setRows: (next) => {
      rows = next;
    },
    enterLayer: (layer) => {
      entering[layer] = rows.contents.length;
    },
    leaveLayer: (layer) => {
      contents[layer] = rows.contents;
    },
    counts: () => {
      const leaving = contents.map(({ length }) => length);
      const planned = runs
        .map(({ run }) => run.report().lastLeaving)
        .find((count) => count !== undefined);
      const last = leaving.pop();
      if (last !== undefined) leaving.push(Math.min(planned ?? last, last));
      return { entering, leaving };
    },
    history: () => contents,
    report: () => {
      const reports = runs.map(({ name, run }) => ({ name, ...run.report() }));
      return { ...reports[0], parameters: reports[0]?.parameters ?? {}, methods: reports };
    },
  };
}
