import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { hubCacheFolder } from './cache-folder.js';
import { absolutePath, type Environment } from './environment.js';
import { findSnapshot, repositoryFolder } from './hub-cache.js';
import { parseModelReference } from './model-reference.js';
import { snapshotGap } from './snapshot-gap.js';

/** Options of {@link resolveHubModel}. */
export interface ResolveHubOptions {
  /** Default: the one that the hub's tools share, see `hubCacheFolder`. */
  readonly cacheFolder?: string;
  /** Where its variables are looked up. Default: those of the process. */
  readonly env?: Environment;
}

/** A model of the hub, found in the cache. */
export interface HubModel {
  readonly id: string;
  readonly folder: string;
  /** 40-hex commit. */
  readonly revision: string;
}

/**
 * Finds a model in the cache. Loading never downloads by itself: some gigabytes are a decision.
 *
 * @param ref  `org/name` or `org/name@revision`
 * @throws CHECKPOINT_NOT_FOUND naming the command that brings it
 */
export async function resolveHubModel(
  ref: string,
  { cacheFolder: given, env = process.env }: ResolveHubOptions = {},
): Promise<HubModel> {
  const { id, revision } = parseModelReference(ref);
  const cache = absolutePath(env, given ?? hubCacheFolder(env));
  const step = `run autoprune pull ${id}${revision === 'main' ? '' : ` --revision ${revision}`}`;
  const snapshot = await findSnapshot(cache, id, revision);
  if (!snapshot) {
    const looked = repositoryFolder(cache, id);
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${ref}: there is no such folder, and no model of the hub ${id} at revision ${revision} in the cache ${looked}; ${step}`,
      { ref, id, revision, cache: looked },
    );
  }
  const gap = await snapshotGap(snapshot.folder);
  if (gap !== undefined) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${ref}: the cache has only a part of it, ${join(snapshot.folder, gap)} is missing; ${step}`,
      { ref, id, revision, file: gap },
    );
  }
  return { id, ...snapshot };
}
