import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError, suggestion } from '@autoprune/core';
import { z } from 'zod';
import { STORE_VERSION } from './weight-store.js';

/** Converted weights of one checkpoint. */
export interface ConvertedWeights {
  /** What `removeConverted` takes. */
  readonly key: string;
  readonly folder: string;
  /** The checkpoint that they were made from, in words. */
  readonly label: string;
  readonly bytes: number;
  readonly files: number;
  /** False for those of another version of the format, which are never read. */
  readonly current: boolean;
}

const VERSION_FOLDER = /^weights-(\d+)$/;
const aboutSchema = z.object({ label: z.string() });

async function labelOf(folder: string): Promise<string> {
  try {
    return aboutSchema.parse(JSON.parse(await readFile(join(folder, 'about.json'), 'utf8'))).label;
  } catch {
    return 'unknown';
  }
}

/** Everything that was converted, in every version of the format; an absent cache is an empty one. */
export async function listConverted(cache: string): Promise<ConvertedWeights[]> {
  const found: ConvertedWeights[] = [];
  for (const version of (await readdir(cache).catch(() => [])).sort()) {
    const number = VERSION_FOLDER.exec(version)?.[1];
    if (number === undefined) continue;
    for (const key of (await readdir(join(cache, version)).catch(() => [])).sort()) {
      const folder = join(cache, version, key);
      const names = await readdir(folder).catch(() => []);
      const sizes = await Promise.all(
        names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size),
      );
      found.push({
        key,
        folder,
        label: await labelOf(folder),
        bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
        files: names.length,
        current: Number(number) === STORE_VERSION,
      });
    }
  }
  return found;
}

/**
 * Removes converted weights; they are made again when they are needed.
 *
 * @param keys  keys of `listConverted`, or `all`
 * @returns what was removed
 * @throws ARGUMENT_INVALID for a key that there is not, before anything is removed
 */
export async function removeConverted(
  cache: string,
  keys: readonly string[] | 'all',
): Promise<ConvertedWeights[]> {
  const entries = await listConverted(cache);
  const known = entries.map(({ key }) => key);
  if (keys !== 'all' && keys.length === 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'Nothing to remove was named; give keys of autoprune cache ls, or --all',
    );
  }
  for (const key of keys === 'all' ? [] : keys) {
    if (known.includes(key)) continue;
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `${key}: there are no converted weights of that key in ${cache}${suggestion(key, known)}; autoprune cache ls lists them`,
      { key, cache },
    );
  }
  const chosen = entries.filter(({ key }) => keys === 'all' || keys.includes(key));
  for (const { folder } of chosen) await rm(folder, { recursive: true, force: true });
  return chosen;
}
