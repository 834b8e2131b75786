import type { CacheRows } from '@autoprune/core';
import type { Backend } from './backend.js';
import { decideOnCache, queryLayers } from './cache-decision.js';
import type { ReadPrompt } from './read-prompt.js';

/** Lets a method act on the caches of a sequence while it is decoded. */
export interface DecodingCache {
  /** Has what the method reads of the next token kept. */
  beforeToken(): void;
  /** Takes the decision, with the token in the caches. */
  afterToken(): void;
}

/** The caches of a prompt, where its method acts on them while decoding. */
export function decodingCache(
  backend: Backend,
  { sequence, pruner, cacheRows }: Pick<ReadPrompt, 'sequence' | 'pruner' | 'cacheRows'>,
): DecodingCache | undefined {
  if (!pruner.requestsAt({ kind: 'cache', moment: 'decode' })) return undefined;
  const layers = queryLayers(pruner, 'decode');
  let rows: CacheRows = cacheRows;
  return {
    beforeToken: () => {
      for (const layer of layers) backend.captureQueries(sequence, layer);
    },
    afterToken: () => {
      const withToken = rows.map((contents) => [...contents, null]);
      rows = decideOnCache(backend, sequence, pruner, withToken, 'decode').rows;
    },
  };
}
