import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { listConverted, removeConverted } from './converted.js';
import { FileHashes } from './file-hashes.js';
import type { ModelPart } from './model-parts.js';
import type { PartScheme } from './part-file.js';
import { openStore, STORE_VERSION, storeFolder } from './weight-store.js';

const INT8: PartScheme = { matrices: 'int8', int8Range: 127 };
const INT4: PartScheme = { matrices: 'int4', int8Range: 127 };

const part = (name: string): ModelPart => ({
  name,
  tensors: [
    { name: 'norm', shape: [8], matrix: false, find: unused },
    { name: 'matrix', shape: [4, 8], matrix: true, find: unused },
  ],
});

function unused(): never {
  throw new Error('the store does not read sources itself');
}

let cache: string;
let folder: string;
let filled: string[];

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'autoprune-store-'));
  folder = storeFolder(cache, { of: 'a test' });
  filled = [];
});

const open = (wanted: readonly (readonly [string, PartScheme])[], signal?: AbortSignal) =>
  openStore(
    folder,
    wanted.map(([name, scheme]) => ({ part: part(name), scheme })),
    {
      hashes: new FileHashes(join(cache, 'hashes.json')),
      label: 'a test',
      signal,
      fill: async (tensor, scheme, name) => {
        filled.push(`${name}/${tensor.name}`);
        if (!tensor.matrix) return [Float32Array.from({ length: 8 }, (_, i) => i)];
        if (scheme.matrices === 'int8')
          return [new Int8Array(32).fill(3), new Float32Array(4).fill(0.5)];
        return [new Uint8Array(4 * 64).fill(0x99), new Float32Array(4).fill(0.25)];
      },
    },
  );

const parts = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();

describe('a store of converted weights', () => {
  it('makes what is missing once, and finds it again', async () => {
    const [made] = await open([['layer-00', INT8]]);
    expect(filled).toEqual(['layer-00/norm', 'layer-00/matrix']);
    expect(made!.get('matrix')).toMatchObject({
      dtype: 'int8',
      shape: [8, 4],
      quantization: { scheme: 'int8' },
    });
    filled = [];
    const [found] = await open([['layer-00', INT8]]);
    expect(filled).toEqual([]);
    expect(found).toEqual(made);
  });

  it('keeps schemes apart', async () => {
    await open([
      ['layer-00', INT8],
      ['layer-00', INT4],
    ]);
    const names = await parts();
    expect(names.map((name) => name.split('.').slice(0, 2).join('.'))).toEqual([
      'layer-00.int4',
      'layer-00.int8',
    ]);
    filled = [];
    await open([['layer-00', { matrices: 'int8', int8Range: 63 }]]);
    expect(filled).toHaveLength(2);
  });

  it.each([
    ['cut off', (path: string) => truncate(path, 100)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'changed',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
    ['no safetensors file', (path: string) => writeFile(path, 'text')],
  ])('makes a file again that is %s', async (_, damage) => {
    await open([['layer-00', INT8]]);
    const [name] = await parts();
    const path = join(folder, name!);
    const whole = await readFile(path);
    await damage(path);
    filled = [];
    await open([['layer-00', INT8]]);
    expect(filled).toHaveLength(2);
    expect(await parts()).toEqual([name]);
    expect(await readFile(path)).toEqual(whole);
  });

  it('never reads a damaged file as if it were whole', async () => {
    await open([['layer-00', INT8]]);
    const [name] = await parts();
    const path = join(folder, name!);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Buffer.from(whole);
          bytes[at]! ^= flip;
          await writeFile(path, bytes);
          await open([['layer-00', INT8]]);
          expect(await readFile(path)).toEqual(whole);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps what an interrupted run has made, and nothing half-made', async () => {
    const controller = new AbortController();
    const wanted = ['layer-00', 'layer-01', 'layer-02'].map((name) => [name, INT8] as const);
    const running = openStore(
      folder,
      wanted.map(([name, scheme]) => ({ part: part(name), scheme })),
      {
        hashes: new FileHashes(join(cache, 'hashes.json')),
        label: 'a test',
        signal: controller.signal,
        fill: async (tensor, _, name) => {
          if (name === 'layer-01') controller.abort();
          return tensor.matrix
            ? [new Int8Array(32).fill(3), new Float32Array(4).fill(0.5)]
            : [Float32Array.from({ length: 8 }, (_, i) => i)];
        },
      },
    );
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await parts()).toHaveLength(1);
    await open(wanted);
    expect(filled.map((name) => name.slice(0, 8))).not.toContain('layer-00');
    expect(await parts()).toHaveLength(3);
  });

  it('does without what it remembered', async () => {
    await open([['layer-00', INT8]]);
    for (const text of ['', '{', '[]', '{"x":1}']) {
      await writeFile(join(cache, 'hashes.json'), text);
      filled = [];
      await open([['layer-00', INT8]]);
      expect(filled).toEqual([]);
    }
  });

  it.skipIf(process.getuid?.() === 0)('says where it may not write', async () => {
    await chmod(cache, 0o500);
    await expect(open([['layer-00', INT8]])).rejects.toMatchObject({ code: 'CACHE_FAILED' });
  });

  it('says where it cannot write, and what to set', async () => {
    await rm(cache, { recursive: true });
    await writeFile(cache, 'a file');
    await expect(open([['layer-00', INT8]])).rejects.toThrow(/AUTOPRUNE_CACHE/);
  });
});

describe('what was converted', () => {
  it('is listed with its size, other versions of the format too, and removed by key', async () => {
    await open([['layer-00', INT8]]);
    const other = join(cache, `weights-${STORE_VERSION + 1}`, 'abc');
    await open([['layer-01', INT8]]);
    await mkdir(other, { recursive: true });
    await writeFile(join(other, 'x.safetensors'), 'x');
    const listed = await listConverted(cache);
    expect(listed).toMatchObject([
      { label: 'a test', files: 3, current: true },
      { key: 'abc', label: 'unknown', bytes: 1, current: false },
    ]);
    await expect(removeConverted(cache, ['abd'])).rejects.toThrow(/abc/);
    await expect(removeConverted(cache, [])).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await removeConverted(cache, ['abc']);
    expect(await listConverted(cache)).toHaveLength(1);
    await removeConverted(cache, 'all');
    expect(await listConverted(cache)).toEqual([]);
  });

  it('is nothing where there is no cache', async () => {
    expect(await listConverted(join(cache, 'absent'))).toEqual([]);
  });
});
