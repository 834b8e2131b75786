import { join } from 'node:path';
import { z } from 'zod';
import { readTextIfPresent } from '../checkpoint/read-json.js';
import { snapshotFiles } from './hub-cache.js';

const CONFIG = 'config.json';
/** What the loader looks for first is what it takes. */
const WEIGHT_LISTS = [
  'model.safetensors.index.json',
  'model.safetensors',
  'pytorch_model.bin.index.json',
];
const WEIGHTS = /^[^/]*\.safetensors$|^pytorch_model[^/]*\.bin$/;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The files that an index of weights names; none when it cannot be read, which the loader explains better. */
async function indexedFiles(path: string): Promise<string[]> {
  const text = await readTextIfPresent(path);
  try {
    const index = indexSchema.safeParse(JSON.parse(text ?? ''));
    return index.success ? [...new Set(Object.values(index.data.weight_map))] : [];
  } catch {
    return [];
  }
}

/**
 * A file that loading needs and that a snapshot lacks, or undefined. Snapshots are often partial: other tools write
 * the branch before the files, fetch single files, and may have been interrupted; content may have been cleaned away.
 */
export async function snapshotGap(folder: string): Promise<string | undefined> {
  const files = await snapshotFiles(folder);
  const gone = files.find(({ bytes }) => bytes === undefined);
  if (gone) return gone.name;
  const names = new Set(files.map(({ name }) => name));
  if (!names.has(CONFIG)) return CONFIG;
  const list = WEIGHT_LISTS.find((name) => names.has(name));
  const shards = list?.endsWith('.json') ? await indexedFiles(join(folder, list)) : [];
  const shard = shards.find((name) => !names.has(name));
  if (shard !== undefined) return shard;
  return [...names].some((name) => WEIGHTS.test(name)) ? undefined : 'model.safetensors';
}
