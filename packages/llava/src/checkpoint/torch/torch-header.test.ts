import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs';
import { describeGoldens } from '@autoprune/testing';
import { expect } from 'vitest';
import { readSafetensorsHeader } from '../safetensors.js';
import type { StoredTensor } from '../stored-tensor.js';
import { readTorchHeader } from './index.js';

/** The bytes that a reader of external data would take. */
function bytesOf({ file, offset, length }: StoredTensor): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  expect(readSync(descriptor, bytes, 0, length, offset)).toBe(length);
  closeSync(descriptor);
  return bytes;
}

/** sha256 over "name dtype shape\n" and the row-major bytes of every tensor, by name. */
function digest(tensors: readonly StoredTensor[]): string {
  const hash = createHash('sha256');
  for (const tensor of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${tensor.name} ${tensor.dtype} ${tensor.shape.join(',')}\n`);
    hash.update(bytesOf(tensor));
  }
  return hash.digest('hex');
}

/** The name in llava-hf's layout of a tensor in LLaVA's own. */
function huggingFaceName(name: string): string {
  return name
    .replace('model.mm_projector.0.', 'multi_modal_projector.linear_1.')
    .replace('model.mm_projector.2.', 'multi_modal_projector.linear_2.')
    .replace('model.vision_tower.vision_tower.', 'vision_tower.')
    .replace(/^(model\.(embed_tokens|layers|norm)\.|lm_head\.)/, 'language_model.$1');
}

/** Their rows are padded in llava-hf's layout, because of the image token. */
const PADDED = ['model.embed_tokens.weight', 'lm_head.weight'];

// The sums were made with torch 2.15.0: torch.load, then hashlib.sha256 over, for name in sorted(state),
// f'{name} {dtype} {",".join(shape)}\n'.encode() and bytes(tensor.contiguous().clone().untyped_storage()).
const sums: Readonly<Record<string, readonly [tensors: number, sha256: string]>> = {
  'models/checkpoints/llava15_bin/pytorch_model.bin': [
    139,
    'edf288ceed3ed92aec9fadb4b7a190db493eb522b402ca2820175dff43b29ea7',
  ],
  'autoprune/models/tiny32-576/llava/pytorch_model-00001-of-00002.bin': [
    145,
    '00b2c6ee21fe8b9be2b1cff81bfc787a40c60edd67afe94daa89124691632419',
  ],
  'autoprune/models/tiny32-576/llava/pytorch_model-00002-of-00002.bin': [
    237,
    '5b5d1b3114e25aee3458e54b5f130b8e1053d049c77ee4293cdeff3d8b2d03a3',
  ],
  'autoprune/models/tiny8-144/llava/pytorch_model-00001-of-00002.bin': [
    37,
    'c01de0c7da01bf662ef18217b5d71ef80813ddef85c301a3fc9587c9770f0d77',
  ],
  'autoprune/models/tiny8-144/llava/pytorch_model-00002-of-00002.bin': [
    42,
    'a052e5e09548db2cfacd25627ea4c14ceb3084d4a854660170fc6ef30f929139',
  ],
  'autoprune/models/tiny8-next/llava/pytorch_model-00001-of-00002.bin': [
    37,
    '22aa8b67e6fc808aff0a3a527d89c61e92e4f752a18f7f8bbc005474a82f37b7',
  ],
  'autoprune/models/tiny8-next/llava/pytorch_model-00002-of-00002.bin': [
    43,
    '860efd4cdc38b99a476bb8247ba7bec5a80c16ac5aa5058b667da6ce1686f138',
  ],
};

describeGoldens('torch checkpoints as torch reads them', Object.keys(sums), (set) => {
  set.each(
    Object.keys(sums),
    (name) => name,
    async (name) => {
      const tensors = await readTorchHeader(set.path(name));
      expect([tensors.length, digest(tensors)]).toEqual(sums[name]);
      expect(new Set(tensors.map(({ file }) => file))).toEqual(
        new Set([realpathSync(set.path(name))]),
      );
    },
  );
});

const index = 'pytorch_model.bin.index.json';
const sharded = ['tiny8-144', 'tiny32-576', 'tiny8-next'].map((name) => `autoprune/models/${name}`);

describeGoldens(
  'shards of torch checkpoints against their index',
  sharded.map((folder) => `${folder}/llava/${index}`),
  (set) => {
    set.each(
      sharded,
      (folder) => folder,
      async (folder) => {
        const { weight_map: shardOf } = set.json<{ weight_map: Record<string, string> }>(
          `${folder}/llava/${index}`,
        );
        const found: Record<string, string> = {};
        for (const shard of new Set(Object.values(shardOf))) {
          for (const { name } of await readTorchHeader(set.path(`${folder}/llava/${shard}`))) {
            found[name] = shard;
          }
        }
        expect(found).toEqual(shardOf);
      },
    );
  },
);

const sisters = sharded.slice(0, 2);

describeGoldens(
  'torch checkpoints against their safetensors sisters',
  sisters.map((folder) => `${folder}/llava-hf/model.safetensors`),
  (set) => {
    set.each(
      sisters,
      (folder) => folder,
      async (folder) => {
        const sister = new Map<string, StoredTensor>();
        const path = set.path(`${folder}/llava-hf/model.safetensors`);
        for (const tensor of await readSafetensorsHeader(path)) sister.set(tensor.name, tensor);
        const shards = readdirSync(set.path(`${folder}/llava`)).filter((name) => /bin$/.test(name));
        const compared = new Set<string>();
        for (const shard of shards) {
          for (const tensor of await readTorchHeader(set.path(`${folder}/llava/${shard}`))) {
            const other = sister.get(huggingFaceName(tensor.name))!;
            const padded = PADDED.includes(tensor.name);
            expect(other.dtype).toBe(tensor.dtype);
            expect(other.shape.slice(1)).toEqual(tensor.shape.slice(1));
            if (!padded) expect(other.shape).toEqual(tensor.shape);
            const bytes = bytesOf({ ...other, length: padded ? tensor.length : other.length });
            expect(bytes.equals(bytesOf(tensor)), tensor.name).toBe(true);
            compared.add(tensor.name);
          }
        }
        expect([...compared]).toEqual(
          expect.arrayContaining([
            ...PADDED,
            'model.norm.weight',
            'model.layers.7.self_attn.q_proj.weight',
            'model.mm_projector.2.bias',
          ]),
        );
      },
    );
  },
);

describeGoldens(
  'names and shapes of the LLaVA-1.5 torch checkpoint',
  ['models/checkpoints/llava15_bin/pytorch_model.bin', 'models/checkpoints/name_maps.json'],
  (set) => {
    set.each(
      ['LlavaForConditionalGeneration'],
      (name) => name,
      async (name) => {
        type Row = readonly [published: string, inMemory: string, shape: readonly number[]];
        const rows = set.json<Record<string, readonly Row[]>>('models/checkpoints/name_maps.json')[
          name
        ]!;
        const tensors = await readTorchHeader(
          set.path('models/checkpoints/llava15_bin/pytorch_model.bin'),
        );
        const shapes = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]));
        for (const [published, , shape] of rows) {
          // The number of rows of a vocabulary is the tokenizer's and differs between checkpoints.
          const first = /embed_tokens|lm_head/.test(published) ? 1 : 0;
          expect(shapes.get(published)?.slice(first), published).toEqual(shape.slice(first));
        }
      },
    );
  },
);
