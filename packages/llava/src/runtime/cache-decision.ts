import {
  AutopruneError,
  type CacheRows,
  type PrunerRun,
  type RowMap,
  type SignalReader,
  type SignalRequest,
  type Site,
  signalKey,
} from '@autoprune/core';
import { range } from '../arrays.js';
import type { Backend, SequenceHandle } from './backend.js';

/** When a method acts on the cache. */
export type CacheMoment = Extract<Site, { kind: 'cache' }>['moment'];

const siteAt = (moment: CacheMoment): Site => ({ kind: 'cache', moment });

/** The caches after a decision. */
export interface DecidedCache {
  readonly rows: CacheRows;
  /** (query, key) pairs whose attention the method may compute from what it read. */
  readonly pairs: number;
}

/** Layers whose queries a method asks for at the cache; only those are kept. */
export function queryLayers(pruner: PrunerRun, moment: CacheMoment): ReadonlySet<number> {
  const layers = new Set<number>();
  for (const { kind, layer } of pruner.requestsAt(siteAt(moment))?.signals ?? []) {
    if (kind === 'queries' && layer !== undefined) layers.add(layer);
  }
  return layers;
}

/** Rows of a cached layer that a request means. */
function rowsOf({ rows = 'all' }: SignalRequest, contents: CacheRows[number]): Int32Array {
  const count = contents.length;
  if (rows === 'all') return range(0, count);
  if (rows === 'last') return range(count - 1, count);
  const visual = contents.flatMap((content, row) => (content ? [row] : []));
  return rows === 'visual' ? Int32Array.from(visual) : range((visual.at(-1) ?? -1) + 1, count);
}

/** What a layer holds after its maps: text, and visual rows that all heads kept at the same place. */
function contentsAfter(contents: CacheRows[number], maps: readonly RowMap[]): CacheRows[number] {
  return Array.from({ length: maps[0]!.outputRows }, (_, row) => {
    const [first = null, ...others] = maps.map(({ anchors }) => contents[anchors[row]!] ?? null);
    return others.every((other) => other === first) ? first : null;
  });
}

/** Takes the decision on the caches of a sequence, where a method asks for one. */
export function decideOnCache(
  backend: Backend,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  cacheRows: CacheRows,
  moment: CacheMoment,
): DecidedCache {
  const request = pruner.requestsAt(siteAt(moment));
  if (!request) return { rows: cacheRows, pairs: 0 };
  let pairs = 0;
  const known = new Map<string, Float32Array>();
  const read = (one: SignalRequest): Float32Array | undefined => {
    const { kind, layer = 0 } = one;
    const rows = rowsOf(one, cacheRows[layer]!);
    if (kind === 'keys') return backend.readKeys(sequence, layer, rows);
    if (kind !== 'queries') return undefined;
    for (const row of rows) pairs += row + 1;
    // A decoded token runs through the layers alone.
    return backend.takeQueries(sequence, layer, moment === 'decode' ? Int32Array.of(0) : rows);
  };
  const signals: SignalReader = {
    get: (one) => {
      const key = signalKey(one);
      const asked = request.signals.some((other) => signalKey(other) === key);
      const values = asked ? (known.get(key) ?? read(one)) : undefined;
      if (!values) {
        throw new AutopruneError(
          'SIGNAL_MISSING',
          `The runtime has no signal ${key} at the cache, or it was not asked for`,
          { request: one },
        );
      }
      known.set(key, values);
      return values;
    },
  };
  const decision = pruner.decide(siteAt(moment), signals, cacheRows);
  if (!decision) return { rows: cacheRows, pairs };
  if (decision.kind !== 'cache-map' || decision.layers.length !== cacheRows.length) {
    throw new AutopruneError(
      'DECISION_INVALID',
      `Expected a cache map of ${cacheRows.length} layers at the cache but received a ${decision.kind}`,
      { layers: cacheRows.length },
    );
  }
  const rows = decision.layers.map((maps, layer) => {
    backend.mapCache(sequence, layer, maps);
    return contentsAfter(cacheRows[layer]!, maps);
  });
  return { rows, pairs };
}
