import { basename, dirname, join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { isFolder } from '../is-folder.js';
import { resolveModel } from './resolve-model.js';

/**
 * The folder of a vision tower that a checkpoint keeps in a repository of its own: what the user named, else a folder of
 * that name beside the checkpoint, else the hub's cache.
 *
 * @param checkpoint  folder of the checkpoint
 * @param reference  `mm_vision_tower`, a hub id or a path
 * @param given  what the user named, a folder or a hub id
 * @throws CHECKPOINT_NOT_FOUND naming the id and what to do
 */
export async function findVisionTower(
  checkpoint: string,
  reference: string,
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) return (await resolveModel(given)).folder;
  const beside = join(dirname(checkpoint), basename(reference));
  if (await isFolder(beside)) return beside;
  try {
    return (await resolveModel(reference)).folder;
  } catch (cause) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${checkpoint}: its vision tower ${reference} is neither beside it (${beside}) nor in the hub's cache; run autoprune pull ${reference}, or name its folder with --vision-tower`,
      { checkpoint, reference, beside },
      { cause },
    );
  }
}
