import {
  AutopruneError,
  type CacheRows,
  type PrunerRun,
  type SignalReader,
  type SignalRequest,
  type Site,
  signalKey,
} from '@autoprune/core';
import { range } from '../arrays.js';
import type { Backend, SequenceHandle } from './backend.js';

const AFTER_PREFILL: Site = { kind: 'cache', moment: 'prefill' };

/** Layers whose queries a method asks for at the cache; only those are kept. */
export function queryLayers(pruner: PrunerRun): ReadonlySet<number> {
  const layers = new Set<number>();
  for (const { kind, layer } of pruner.requestsAt(AFTER_PREFILL)?.signals ?? []) {
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

/**
 * Takes the decision on the caches of a prompt, where a method asks for one.
 *
 * @returns (query, key) pairs whose attention the method may compute from what it reads
 */
export function decideOnCache(
  backend: Backend,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  cacheRows: CacheRows,
): number {
  const request = pruner.requestsAt(AFTER_PREFILL);
  if (!request) return 0;
  let pairs = 0;
  const known = new Map<string, Float32Array>();
  const read = (one: SignalRequest): Float32Array | undefined => {
    const { kind, layer = 0 } = one;
    const rows = rowsOf(one, cacheRows[layer]!);
    if (kind === 'keys') return backend.readKeys(sequence, layer, rows);
    if (kind !== 'queries') return undefined;
    for (const row of rows) pairs += row + 1;
    return backend.takeQueries(sequence, layer, rows);
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
  const decision = pruner.decide(AFTER_PREFILL, signals, cacheRows);
  if (!decision) return pairs;
  if (decision.kind !== 'cache-map' || decision.layers.length !== cacheRows.length) {
    throw new AutopruneError(
      'DECISION_INVALID',
      `Expected a cache map of ${cacheRows.length} layers at the cache but received a ${decision.kind}`,
      { layers: cacheRows.length },
    );
  }
  decision.layers.forEach((maps, layer) => {
    backend.mapCache(sequence, layer, maps);
  });
  return pairs;
}
