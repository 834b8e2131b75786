import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, shapesVqaFolder } from '@autoprune/tiny-llava';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from '../src/index.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'autoprune-damaged-'));
  cpSync(modelFolder, folder, { recursive: true });
  process.env.AUTOPRUNE_CACHE = mkdtempSync(join(tmpdir(), 'autoprune-cache-'));
});

const write = (name: string, content: string | Uint8Array): void =>
  writeFileSync(join(folder, name), content);

interface Entry {
  dtype: string;
  data_offsets: [number, number];
}

/** Header and data of the weights. */
function readWeights(): { header: Record<string, Entry>; data: Buffer } {
  const bytes = readFileSync(join(folder, WEIGHTS));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Entry>;
  return { header, data: bytes.subarray(8 + length) };
}

function writeWeights(header: Record<string, Entry>, data: Buffer): void {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  write(WEIGHTS, Buffer.concat([length, json, data]));
}

/** The tensor whose name ends so. */
function findTensor(header: Record<string, Entry>, end: string): Entry {
  return Object.entries(header).find(([name]) => name.endsWith(end))![1];
}

/** Bits of a half-precision number as those of a bfloat16 one. */
function bfloat16(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const sign = half & 0x8000 ? -1 : 1;
  const value =
    exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (1024 + fraction);
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

/** Stores all weights as bfloat16. */
function convertToBfloat16(): void {
  const { header, data } = readWeights();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') entry.dtype = 'BF16';
  }
  for (let at = 0; at < data.length; at += 2) {
    data.writeUInt16LE(bfloat16(data.readUInt16LE(at)), at);
  }
  writeWeights(header, data);
}

function damage(tensor: string, bits: number): void {
  const { header, data } = readWeights();
  data.writeUInt16LE(bits, findTensor(header, tensor).data_offsets[0] + 6);
  writeWeights(header, data);
}

async function ask(dtype: 'fp32' | 'int8' | 'int4' | 'mixed'): Promise<string> {
  await using model = await loadModel(folder, { dtype });
  const { answer } = await model.generate({
    messages: 'How many triangles are there?\nAnswer the question using a single word or phrase.',
    images: [picture],
  });
  return answer;
}

describe('weights that are no numbers', () => {
  // Quiet and signalling payloads, and infinity.
  const payloads = [
    ['fp16', 0x7e01],
    ['fp16', 0xfc00],
    ['bf16', 0x7fc1],
    ['bf16', 0x7f81],
    ['bf16', 0xff80],
  ] as const;

  it.each(payloads)(
    'in %s (%d) are refused when they are converted, by name',
    async (type, bits) => {
      if (type === 'bf16') convertToBfloat16();
      damage('layers.3.mlp.down_proj.weight', bits);
      for (const dtype of ['int8', 'int4', 'mixed'] as const) {
        await expect(ask(dtype)).rejects.toMatchObject({
          code: 'CHECKPOINT_INVALID',
          message: expect.stringMatching(/layers\.3\.mlp\.down_proj\.weight.*value 3;/),
        });
      }
    },
  );

  it.each(payloads)('in %s (%d) give an error instead of an answer', async (type, bits) => {
    if (type === 'bf16') convertToBfloat16();
    damage('lm_head.weight', bits);
    await expect(ask('fp32')).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringContaining('not a finite number'),
    });
  });

  it('are no matter of the type: bfloat16 weights answer as half-precision ones do', async () => {
    convertToBfloat16();
    expect(await ask('fp32')).toBe('2');
    expect(await ask('int8')).toBe('2');
  });
});

describe('an index of weights', () => {
  const shard = 'model-00001-of-00001.safetensors';
  const names = (): string[] => Object.keys(readWeights().header);

  const indexText = (list: readonly string[], file = shard): string =>
    `{"weight_map":{${list.map((name) => `${JSON.stringify(name)}:${JSON.stringify(file)}`).join(',')}}}`;

  const split = (text: (list: string[]) => string): void => {
    const list = names().filter((name) => name !== '__metadata__');
    renameSync(join(folder, WEIGHTS), join(folder, shard));
    write(INDEX, text(list));
  };

  it('leads to the shards', async () => {
    split((list) => indexText(list));
    expect(await ask('fp32')).toBe('2');
  });

  it.each([
    ['names a tensor twice', (list: string[]) => indexText([...list, list[0]!]), /twice/],
    [
      'names a tensor that is not there',
      (list: string[]) => indexText([...list, 'x.weight']),
      /x\.weight is missing/,
    ],
    [
      'names a file out of the folder',
      (list: string[]) => indexText(list, '../x.safetensors'),
      /not a file of the checkpoint's folder/,
    ],
    [
      'is cut off',
      (list: string[]) => indexText(list).slice(0, 300),
      /model\.safetensors\.index\.json/,
    ],
    ['is of another kind', () => '{"weight_map":[]}', /weight_map/],
  ])('that %s is refused', async (_, text, message) => {
    split(text);
    await expect(ask('fp32')).rejects.toThrow(message);
  });

  it('whose shard is missing says which', async () => {
    split((list) => indexText(list));
    rmSync(join(folder, shard));
    await expect(ask('fp32')).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_FOUND',
      message: expect.stringContaining(shard),
    });
  });
});

it('a folder without weights names the files that would do', async () => {
  rmSync(join(folder, WEIGHTS));
  await expect(ask('fp32')).rejects.toThrow(/model\.safetensors.*pytorch_model\.bin/);
});
