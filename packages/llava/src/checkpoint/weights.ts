import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseJson, readTextIfPresent } from './read-json.js';
import { readSafetensorsHeader } from './safetensors.js';
import type { StoredTensor, TensorTable } from './stored-tensor.js';

const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** A shard is a file of the folder itself, never a path out of it. */
function requireShardName(index: string, shard: string): void {
  if (shard.includes('/') || shard.includes('\\') || shard === '..' || shard === '') {
    throw new AutopruneError(
      'CHECKPOINT_INVALID',
      `${index}: weight_map names the file ${JSON.stringify(shard)}, which is not a file of the checkpoint's folder`,
      { index, shard },
    );
  }
}

async function readShard(path: string): Promise<StoredTensor[]> {
  try {
    return await readSafetensorsHeader(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${path}: the weight file is missing; download the checkpoint again`,
      { path },
      { cause: error },
    );
  }
}

async function readSharded(folder: string, text: string): Promise<TensorTable> {
  const index = join(folder, INDEX);
  const { weight_map: shardOf } = parseJson(index, text, indexSchema);
  const table = new Map<string, StoredTensor>();
  for (const shard of new Set(Object.values(shardOf))) {
    requireShardName(index, shard);
    for (const tensor of await readShard(join(folder, shard))) {
      if (shardOf[tensor.name] === shard) table.set(tensor.name, tensor);
    }
  }
  for (const [name, shard] of Object.entries(shardOf)) {
    if (!table.has(name)) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${join(folder, shard)}: tensor ${name} is missing although ${INDEX} places it there`,
        { index, name, shard },
      );
    }
  }
  return table;
}

/**
 * Where every tensor of a checkpoint folder lies: `model.safetensors`, or shards with their index.
 *
 * @throws CHECKPOINT_NOT_FOUND when there are no weights, CHECKPOINT_INVALID when they are damaged
 */
export async function readWeightTable(folder: string): Promise<TensorTable> {
  const index = await readTextIfPresent(join(folder, INDEX));
  if (index !== undefined) return readSharded(folder, index);
  const files = await readdir(folder);
  if (!files.includes(SINGLE)) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${folder}: holds neither ${SINGLE} nor ${INDEX}; point --model at a folder in the Hugging Face layout`,
      { folder },
    );
  }
  const tensors = await readShard(join(folder, SINGLE));
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}
