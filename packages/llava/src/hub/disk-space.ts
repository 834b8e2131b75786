import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { byteSize } from './byte-size.js';
import type { Storage } from './storage.js';

/** The folder itself, or the nearest one above it that exists. */
async function existingFolder(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  const above = dirname(path);
  return exists || above === path ? path : existingFolder(above);
}

/**
 * Refuses a download that the disk cannot hold, before it begins.
 *
 * @param folder  where it goes; need not exist yet
 * @param bytes  what has still to come
 * @throws OUTPUT_FAILED with both numbers
 */
export async function requireSpace(
  storage: Storage,
  folder: string,
  bytes: number,
  id: string,
): Promise<void> {
  if (bytes === 0) return;
  const free = await storage.freeBytes(await existingFolder(folder));
  if (free === undefined || free >= bytes) return;
  throw new AutopruneError(
    'OUTPUT_FAILED',
    `${id}: ${byteSize(bytes)} (${bytes} bytes) have still to be downloaded, but ${folder} has ${byteSize(free)} (${free} bytes) free; free some space, or set HF_HUB_CACHE to a folder on a larger disk`,
    { id, folder, bytes, free },
  );
}
