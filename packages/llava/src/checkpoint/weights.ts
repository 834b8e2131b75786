import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseJson, readTextIfPresent } from './read-json.js';
import { repeatedKey } from './repeated-key.js';
import { readSafetensorsHeader } from './safetensors.js';
import type { StoredTensor, TensorTable } from './stored-tensor.js';
import { readTorchHeader } from './torch/index.js';

/** A way of storing weights: in one file, or in shards that an index lists. */
interface WeightFormat {
  readonly single: string;
  readonly index: string;
  readonly readHeader: (path: string) => Promise<StoredTensor[]>;
}

/** In the order of preference: a folder that has both holds the same weights twice. */
const FORMATS: readonly WeightFormat[] = [
  {
    single: 'model.safetensors',
    index: 'model.safetensors.index.json',
    readHeader: readSafetensorsHeader,
  },
  {
    single: 'pytorch_model.bin',
    index: 'pytorch_model.bin.index.json',
    readHeader: readTorchHeader,
  },
];

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

function requireUniqueNames(index: string, text: string): void {
  const name = repeatedKey(text);
  if (name === undefined) return;
  throw new AutopruneError(
    'CHECKPOINT_INVALID',
    `${index}: names ${JSON.stringify(name)} twice, so that its place is not known; download the file again`,
    { index, name },
  );
}

async function readShard({ readHeader }: WeightFormat, path: string): Promise<StoredTensor[]> {
  try {
    return await readHeader(path);
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

async function readSharded(
  folder: string,
  format: WeightFormat,
  text: string,
): Promise<TensorTable> {
  const index = join(folder, format.index);
  const { weight_map: shardOf } = parseJson(index, text, indexSchema);
  requireUniqueNames(index, text);
  const table = new Map<string, StoredTensor>();
  for (const shard of new Set(Object.values(shardOf))) {
    requireShardName(index, shard);
    for (const tensor of await readShard(format, join(folder, shard))) {
      if (shardOf[tensor.name] === shard) table.set(tensor.name, tensor);
    }
  }
  for (const [name, shard] of Object.entries(shardOf)) {
    if (!table.has(name)) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${join(folder, shard)}: tensor ${name} is missing although ${format.index} places it there`,
        { index, name, shard },
      );
    }
  }
  return table;
}

/**
 * Where every tensor of a checkpoint folder lies: safetensors or PyTorch files, one or shards with their index.
 *
 * @throws CHECKPOINT_NOT_FOUND when there are no weights, CHECKPOINT_INVALID when they are damaged
 */
export async function readWeightTable(folder: string): Promise<TensorTable> {
  const files = await readdir(folder);
  for (const format of FORMATS) {
    const index = await readTextIfPresent(join(folder, format.index));
    if (index !== undefined) return readSharded(folder, format, index);
    if (!files.includes(format.single)) continue;
    const tensors = await readShard(format, join(folder, format.single));
    return new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }
  const names = FORMATS.flatMap(({ single, index }) => [single, index]).join(', ');
  throw new AutopruneError(
    'CHECKPOINT_NOT_FOUND',
    `${folder}: holds no weights (none of ${names}); point --model at a folder in the Hugging Face layout`,
    { folder },
  );
}
