import { type Decision, ruleRowMap, ruleScores, selectRows } from '../decision.js';
import { referenceKernels } from '../kernels.js';
import type { CacheRows, Method, MethodRun, PromptContext, TokenCounts } from '../method.js';
import { keepRows, type RowMap } from '../select/row-map.js';
import type { SignalReader } from '../signal.js';
import { type Site, siteKey } from '../site.js';
import { initialRows, mapTokenRows, type RowContent, type TokenRows } from '../token-rows.js';
import { type DryValues, drySignals } from './dry-signals.js';

/** What a dry run shows. */
export interface DryRun {
  /** Visual rows entering and leaving each decoder layer; the last leaves what the method made. */
  readonly counts: TokenCounts;
  /** Row maps in the order in which they were made, with their sites. */
  readonly maps: readonly { readonly site: Site; readonly map: RowMap }[];
  /** Cached rows a layer and key/value head, where a method acted on the cache. */
  readonly cached: readonly (readonly number[])[] | undefined;
}

/** How a dry run is made. */
export interface DryRunOptions {
  readonly values?: DryValues;
  readonly seed?: number;
}

/** Rows of one tile in the tower, CLS first. */
function towerRows(rows: TokenRows, classToken: boolean): TokenRows {
  const place = { image: 0, tile: 0 };
  const contents: RowContent[] = [
    ...(classToken ? [{ kind: 'cls' as const, place }] : []),
    ...rows.contents,
  ];
  return {
    contents,
    sizes: new Float32Array(contents.length).fill(1),
    positions: Int32Array.from(contents, (_, row) => row - Number(classToken)),
  };
}

function mapOf(decision: Decision, signals: SignalReader, rows: TokenRows): RowMap {
  if (decision.kind === 'row-map') return decision;
  if (decision.kind === 'cache-map') throw new Error('contract: a cache map outside a cache site');
  const scores = ruleScores(decision, signals);
  const selection = selectRows(decision, scores, referenceKernels, rows);
  // What a merge reads is not in the dry run; rows of their own index merge as well as any.
  const hidden = Float32Array.from(selection.pool, (row) => row);
  return ruleRowMap(decision, selection, scores.length, referenceKernels, { hidden, width: 1 });
}

/**
 * Runs a method without a model: a picture of one tile whose signals are reproducible numbers, through every site that
 * the run asks for, in the order in which a runtime meets them.
 *
 * @param parameters  resolved
 * @throws what the method throws, and an Error that begins with `contract:` for a decision that no runtime can carry out
 */
export function dryRun(
  method: Method,
  parameters: Parameters<Method['start']>[0],
  context: PromptContext,
  { values = 'random', seed = 0 }: DryRunOptions = {},
): DryRun {
  const { layers } = context.geometry;
  const place = { image: 0, tile: 0 };
  let rows = initialRows(
    Array.from({ length: context.visualTokens }, (_, index) => index),
    { places: Array.from({ length: context.visualTokens }, () => place) },
  );
  const run: MethodRun = method.start(parameters, context);
  const maps: { site: Site; map: RowMap }[] = [];
  const cache: CacheRows[number][] = [];
  const requestAt = (site: Site) => {
    const requests = run.sites.filter((one) => siteKey(one.site) === siteKey(site));
    return requests.length === 0
      ? undefined
      : requests.flatMap(({ signals, ruleSignals = [] }) => [...signals, ...ruleSignals]);
  };
  const visit = (site: Site): void => {
    const declared = requestAt(site);
    if (!declared || rows.contents.length === 0) return;
    const cached = rows.contents.length + context.otherTokens;
    const signals = drySignals(site, declared, rows, context, { values, seed, cached });
    const idle = run.idleAt?.(site, rows) ?? false;
    const decision = run.decide(site, { rows, signals });
    if (!decision) return;
    if (idle) throw new Error(`contract: a decision at ${siteKey(site)}, where the run is idle`);
    const map = mapOf(decision, signals, rows);
    if (map.inputRows !== rows.contents.length) {
      throw new Error(
        `contract: a map of ${map.inputRows} rows at ${siteKey(site)}, where there are ${rows.contents.length}`,
      );
    }
    rows = mapTokenRows(rows, map);
    maps.push({ site, map });
  };
  const blocks = context.tower ? context.tower.featureBlock + 1 : 0;
  if (run.sites.some(({ site }) => site.kind === 'vision')) {
    rows = towerRows(rows, context.tower?.classToken ?? false);
    for (let block = 0; block < blocks; block++) visit({ kind: 'vision', block });
    const before = maps.length;
    visit({ kind: 'vision', block: 'output' });
    if (maps.length === before) {
      const patches = rows.contents.flatMap(({ kind }, row) => (kind === 'cls' ? [] : [row]));
      rows = mapTokenRows(rows, keepRows(rows.contents.length, patches));
    }
  }
  visit({ kind: 'input' });
  const entering: number[] = [];
  const leaving: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    entering.push(rows.contents.length);
    cache.push([
      ...new Array<null>(context.otherTokens - context.textTokens).fill(null),
      ...rows.contents,
      ...new Array<null>(context.textTokens).fill(null),
    ]);
    visit({ kind: 'attention', layer });
    visit({ kind: 'layer', layer });
    leaving.push(rows.contents.length);
  }
  return {
    counts: { entering, leaving },
    maps,
    cached: visitCache(run, rows, cache, context, { values, seed }),
  };
}

/** Takes the decision on the cache and checks that its maps fit. */
function visitCache(
  run: MethodRun,
  rows: TokenRows,
  cache: CacheRows,
  context: PromptContext,
  { values, seed }: Required<DryRunOptions>,
): readonly (readonly number[])[] | undefined {
  const site: Site = { kind: 'cache', moment: 'prefill' };
  const request = run.sites.find((one) => siteKey(one.site) === siteKey(site));
  if (!request) return undefined;
  const signals: SignalReader = {
    get: (one) => {
      const cached = cache[one.layer ?? 0]!.length;
      const options = { values, seed, cached };
      return drySignals(site, request.signals, rows, context, options).get(one);
    },
  };
  const decision = run.decide(site, { rows, signals, cache });
  if (!decision) return undefined;
  if (decision.kind !== 'cache-map') throw new Error('contract: no cache map at a cache site');
  return decision.layers.map((heads, layer) => {
    const wrong = heads.find(({ inputRows }) => inputRows !== cache[layer]!.length);
    if (wrong || heads.length !== context.geometry.keyValueHeads) {
      throw new Error(
        `contract: the cache map of layer ${layer} does not fit its ${cache[layer]!.length} rows`,
      );
    }
    return heads.map(({ outputRows }) => outputRows);
  });
}
