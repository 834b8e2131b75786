import { AutopruneError } from '@autoprune/core';
import { chooseFiles } from './choose-files.js';
import { findSnapshot, repositoryFolder, snapshotFiles } from './hub-cache.js';
import type { ModelReference } from './model-reference.js';
import type { PulledModel, PullOptions } from './pull-options.js';
import { snapshotGap } from './snapshot-gap.js';

/**
 * What the cache has of a model, without the network.
 *
 * @throws HUB_OFFLINE when that is not everything
 */
export async function pullOffline(
  cache: string,
  { id, revision }: ModelReference,
  options: PullOptions,
): Promise<PulledModel> {
  const looked = repositoryFolder(cache, id);
  const absent = (problem: string): never => {
    throw new AutopruneError(
      'HUB_OFFLINE',
      `${id} (revision ${revision}): ${problem} in the cache ${looked}, and the network is not allowed; run again without --offline and HF_HUB_OFFLINE, or set HF_HUB_CACHE to a cache that has it`,
      { id, revision, cache: looked },
    );
  };
  const snapshot = await findSnapshot(cache, id, revision);
  if (!snapshot) return absent('it is not');
  const all = await snapshotFiles(snapshot.folder);
  const sizes = new Map(all.map(({ name, bytes }) => [name, bytes]));
  // With patterns it is not known what the rest would be.
  const plain = options.include === undefined && options.exclude === undefined;
  const gap = plain ? await snapshotGap(snapshot.folder) : undefined;
  if (gap !== undefined) return absent(`its file ${gap} is not`);
  const files = chooseFiles(id, [...sizes.keys()], options);
  let bytes = 0;
  for (const file of files) bytes += sizes.get(file) ?? absent(`its file ${file} is not`);
  return { id, ...snapshot, files, bytes, downloadedBytes: 0 };
}
