import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { typescriptCacheKernels as kernels } from '../src/cache-kernels.js';
import {
  type CacheArray,
  type DecoderLayerMemory,
  type DecoderShape,
  findOnnxRuntimeAddon,
  type OnnxRuntimeAddon,
} from '../src/index.js';
import {
  BLOCK,
  type Extents,
  type Layer,
  layerReference,
  type Matrix,
  NORM_EPSILON,
} from './decoder-reference.js';
import { describeNative } from './describe-native.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-decoder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Uniform in [−1, 1), the same for a seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const shapeOf = (one: Extents): DecoderShape => [
  one.hidden,
  one.intermediate,
  one.heads,
  one.keyValueHeads,
  one.headSize,
  NORM_EPSILON,
];

function randomLayer(extents: Extents, random: () => number): Layer {
  const { hidden, intermediate, heads, keyValueHeads, headSize } = extents;
  const vector = (length: number): Float32Array => Float32Array.from({ length }, random);
  const matrix = (outputs: number, inputs: number): Matrix => {
    const blocks = outputs * Math.ceil(inputs / BLOCK);
    return {
      outputs,
      inputs,
      values: Uint8Array.from({ length: (blocks * BLOCK) / 2 }, () => 128 + 127 * random()),
      scales: Float32Array.from({ length: blocks }, () => (0.4 * random()) / Math.sqrt(inputs)),
    };
  };
  return {
    inputNorm: vector(hidden),
    query: matrix(heads * headSize, hidden),
    key: matrix(keyValueHeads * headSize, hidden),
    value: matrix(keyValueHeads * headSize, hidden),
    output: matrix(hidden, heads * headSize),
    postNorm: vector(hidden),
    gate: matrix(intermediate, hidden),
    up: matrix(intermediate, hidden),
    down: matrix(hidden, intermediate),
  };
}

/** Writes a layer with something before its arrays; their offsets. */
function writeLayer(path: string, layer: Layer, before: number): number[] {
  const { inputNorm, query, key, value, output, postNorm, gate, up, down } = layer;
  const parts = [
    inputNorm,
    ...[query, key, value, output].flatMap((one) => [one.values, one.scales]),
    postNorm,
    ...[gate, up, down].flatMap((one) => [one.values, one.scales]),
  ].map(({ buffer }) => Buffer.from(buffer));
  let offset = before;
  const offsets = parts.map(({ length }) => {
    offset += length;
    return offset - length;
  });
  writeFileSync(path, Buffer.concat([Buffer.alloc(before), ...parts]));
  return offsets;
}

const extents: fc.Arbitrary<Extents> = fc
  .record({
    hidden: fc.integer({ min: 1, max: 300 }),
    intermediate: fc.integer({ min: 1, max: 300 }),
    group: fc.constantFrom(1, 1, 2, 3),
    keyValueHeads: fc.integer({ min: 1, max: 4 }),
    headSize: fc.constantFrom(2, 6, 16, 32, 64, 80, 128),
  })
  .map(({ group, ...rest }) => ({ ...rest, heads: group * rest.keyValueHeads }));

const format = fc.constantFrom('float', 'half', 'byte');

/** Keys or values of a layer in some format. */
interface Cached {
  readonly data: CacheArray;
  readonly scales?: Float32Array;
  unpacked(): Float32Array;
  copy(): readonly (CacheArray | undefined)[];
  restore(copy: readonly (CacheArray | undefined)[]): void;
}

function cached(values: Float32Array, headSize: number, kind: string): Cached {
  const data =
    kind === 'float' ? values : new (kind === 'half' ? Uint16Array : Int8Array)(values.length);
  const scales = kind === 'byte' ? new Float32Array(values.length / headSize) : undefined;
  if (data instanceof Uint16Array) kernels.packHalves(values, data);
  if (data instanceof Int8Array) kernels.packBytes(values, data, scales!);
  return {
    data,
    ...(scales && { scales }),
    unpacked: () => {
      const out = Float32Array.from(data);
      if (data instanceof Uint16Array) kernels.unpackHalves(data, out);
      if (data instanceof Int8Array) kernels.unpackBytes(data, scales!, out);
      return out;
    },
    copy: () => [data.slice(), scales?.slice()],
    restore: ([old, oldScales]) => {
      data.set(old!);
      scales?.set(oldScales!);
    },
  };
}

/** Cosines and sines of some position. */
function angles(one: Extents, random: () => number) {
  const each = Array.from({ length: one.headSize / 2 }, () => 3 * random());
  return { cosines: Float32Array.from(each, Math.cos), sines: Float32Array.from(each, Math.sin) };
}

/** A layer's part of a sequence of `row` tokens; what no row has come to yet must not be read. */
function randomPlace(
  one: Extents,
  row: number,
  capacity: number,
  kind: string,
  random: () => number,
) {
  const values = () => {
    const length = one.keyValueHeads * capacity * one.headSize;
    const made = Float32Array.from({ length }, (_, index) =>
      Math.floor(index / one.headSize) % capacity < row ? random() : Number.NaN,
    );
    return cached(made, one.headSize, kind);
  };
  return {
    key: values(),
    value: values(),
    capacity,
    row: Int32Array.of(row),
    ...angles(one, random),
    query: new Float32Array(one.heads * one.headSize),
  };
}

function memoryOf(place: ReturnType<typeof randomPlace>): DecoderLayerMemory {
  const { key, value, capacity, row, cosines, sines, query } = place;
  const memory = [key.data, value.data, capacity, row, cosines, sines, query] as const;
  return key.scales && value.scales ? [...memory, key.scales, value.scales] : memory;
}

/** Largest difference, as a share of the largest value. */
function difference(actual: Float32Array, expected: Float32Array): number {
  let largest = 1e-3;
  let most = 0;
  expected.forEach((value, index) => {
    largest = Math.max(largest, Math.abs(value));
    most = Math.max(most, Math.abs(value - actual[index]!));
  });
  return most / largest;
}

/**
 * Where a sum in another order makes one value round to another 8-bit integer, a row of few values differs by this much;
 * a nibble, a scale or a row in the wrong place makes it another row altogether.
 */
const TOLERANCE = 0.1;

describeNative('a decoder', (_, path) => {
  const addon: OnnxRuntimeAddon = findOnnxRuntimeAddon().addon!;

  const decoderOf = (one: Extents, layers: readonly Layer[], threads: number) => {
    const files = layers.map((layer, index) => {
      const file = join(folder, `${path}-${index}`);
      return [file, writeLayer(file, layer, 4 * index)] as const;
    });
    return addon.createDecoder(shapeOf(one), files, threads, path);
  };

  it('takes tokens through layers whose caches differ in length', async () => {
    await fc.assert(
      fc.asyncProperty(
        extents,
        fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
        fc.integer(),
        fc.constantFrom(1, 2, 7),
        format,
        async (one, rows, seed, threads, kind) => {
          const random = generator(seed);
          const layers = rows.map(() => randomLayer(one, random));
          const decoder = await decoderOf(one, layers, threads);
          const hidden = Float32Array.from({ length: one.hidden }, random);
          let expected: Float32Array = hidden.slice();
          const places = rows.map((row) => randomPlace(one, row, row + 2, kind, random));
          const copies = places.map(
            ({ key, value }) => [key.unpacked(), value.unpacked()] as const,
          );
          const plan = addon.createPlan([[decoder, hidden, places.map(memoryOf)]]);
          for (let token = 0; token < 2; token++) {
            places.forEach((place, index) => {
              place.row[0] = rows[index]! + token;
            });
            await addon.runPlan(plan);
            layers.forEach((layer, index) => {
              const place = places[index]!;
              const [key, value] = copies[index]!;
              const stored = (row: Float32Array) => cached(row, one.headSize, kind).unpacked();
              const at = { ...place, key, value, row: place.row[0]!, stored };
              const { hidden: next, query } = layerReference(one, layer, expected, at);
              expected = next;
              const [newKey, newValue] = [place.key.unpacked(), place.value.unpacked()];
              expect(difference(place.query, query)).toBeLessThan(TOLERANCE);
              expect(difference(newValue.map(zeroed), value.map(zeroed))).toBeLessThan(TOLERANCE);
              expect(difference(newKey.map(zeroed), key.map(zeroed))).toBeLessThan(TOLERANCE);
              expect(Array.from(newKey, Number.isNaN)).toEqual(Array.from(key, Number.isNaN));
            });
            expect(difference(hidden, expected)).toBeLessThan(TOLERANCE);
          }
          await addon.releaseDecoder(decoder);
        },
      ),
    );
  });

  it('takes several tokens at once as one after another', async () => {
    await fc.assert(
      fc.asyncProperty(
        extents,
        fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        fc.integer(),
        format,
        async (one, rows, sequences, seed, kind) => {
          const random = generator(seed);
          const layers = rows.map(() => randomLayer(one, random));
          const decoder = await decoderOf(one, layers, 2);
          // Places of a token, one a layer; those of a sequence share its caches.
          const tokens = sequences.flatMap((count) => {
            const first = rows.map((row) => randomPlace(one, row, row + count, kind, random));
            return Array.from({ length: count }, (_, token) =>
              first.map((place, layer) => ({
                ...place,
                ...angles(one, random),
                row: Int32Array.of(rows[layer]! + token),
                query: new Float32Array(one.heads * one.headSize),
              })),
            );
          });
          const hidden = Float32Array.from({ length: tokens.length * one.hidden }, random);
          const together = hidden.slice();
          const caches = tokens.flat().flatMap(({ key, value }) => [key, value]);
          const before = caches.map(({ copy }) => copy());
          await addon.runPlan(addon.createPlan([[decoder, together, tokens.flat().map(memoryOf)]]));
          const after = caches.map(({ copy }) => copy());
          const queries = tokens.flat().map(({ query }) => query.slice());
          caches.forEach(({ restore }, index) => {
            restore(before[index]!);
          });
          for (const [token, places] of tokens.entries()) {
            const row = hidden.subarray(token * one.hidden, (token + 1) * one.hidden);
            await addon.runPlan(addon.createPlan([[decoder, row, places.map(memoryOf)]]));
          }
          expect(together).toEqual(hidden);
          expect(tokens.flat().map(({ query }) => query)).toEqual(queries);
          expect(caches.map(({ copy }) => copy())).toEqual(after);
          await addon.releaseDecoder(decoder);
        },
      ),
    );
  });

  it('gives the same whatever the number of threads', async () => {
    const one = { hidden: 200, intermediate: 333, heads: 6, keyValueHeads: 3, headSize: 32 };
    const file = join(folder, `${path}-threads`);
    const offsets = writeLayer(file, randomLayer(one, generator(1)), 0);
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 3, 64, 2 ** 31]) {
      const decoder = await addon.createDecoder(shapeOf(one), [[file, offsets]], threads, path);
      const hidden = Float32Array.from({ length: one.hidden }, generator(2));
      const cache = () => Float32Array.from({ length: 3 * 5 * 32 }, generator(3));
      const half = new Float32Array(16).fill(0.6);
      const query = new Float32Array(6 * 32);
      const memory = [cache(), cache(), 5, Int32Array.of(4), half, half, query] as const;
      await addon.runPlan(addon.createPlan([[decoder, hidden, [memory]]]));
      results.push(hidden);
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('shows a value that is no number, wherever it stands', async () => {
    const one = { hidden: 200, intermediate: 130, heads: 2, keyValueHeads: 2, headSize: 32 };
    const layer = randomLayer(one, generator(1));
    const random = generator(2);
    for (const at of [0, 7, 64, 127, 128, 199]) {
      const inputNorm = layer.inputNorm.slice();
      inputNorm[at] = Number.NaN;
      const decoder = await decoderOf(one, [{ ...layer, inputNorm }], 2);
      const hidden = Float32Array.from({ length: one.hidden }, random);
      const place = randomPlace(one, 3, 5, 'float', random);
      await addon.runPlan(addon.createPlan([[decoder, hidden, [memoryOf(place)]]]));
      expect(hidden.every(Number.isNaN)).toBe(true);
      await addon.releaseDecoder(decoder);
    }
  });

  it('says what is wrong with files, shapes and memory', async () => {
    const one = { hidden: 8, intermediate: 8, heads: 2, keyValueHeads: 1, headSize: 4 };
    const shape = shapeOf(one);
    const file = join(folder, `${path}-wrong`);
    const offsets = writeLayer(file, randomLayer(one, generator(1)), 0);
    const create = (
      extents: unknown,
      layer: unknown,
      threads: unknown = 1,
      name: unknown = path,
    ): Promise<object> =>
      addon.createDecoder(
        extents as DecoderShape,
        layer as never,
        threads as number,
        name as string,
      );
    await expect(create(shape, [['/nowhere', offsets]])).rejects.toThrow(
      '/nowhere cannot be read into memory: No such file or directory',
    );
    const [first, ...rest] = offsets;
    await expect(create(shape, [[file, [first! + 2, ...rest]]])).rejects.toThrow(/8 values of 4/);
    const past = [...offsets.slice(0, -1), offsets.at(-1)! + 4];
    await expect(create(shape, [[file, past]])).rejects.toThrow(/holds \d+ bytes, and not/);
    await expect(create([300, ...shape.slice(1)], [[file, offsets]])).rejects.toThrow(/not/);
    for (const wrong of [
      [],
      [0, 8, 2, 1, 4, 0],
      [8, 8, 3, 2, 4, 0],
      [8, 8, 2, 1, 3, 0],
      'x',
      null,
    ]) {
      expect(() => create(wrong, [[file, offsets]])).toThrow(TypeError);
    }
    for (const wrong of [
      [],
      [[file, offsets.slice(1)]],
      [[file]],
      [[3, offsets]],
      [[file, past.map(() => -1)]],
    ]) {
      expect(() => create(shape, wrong)).toThrow(TypeError);
    }
    expect(() => create(shape, [[file, offsets]], 0)).toThrow(TypeError);
    expect(() => create(shape, [[file, offsets]], 1, 'mmx')).toThrow(TypeError);
    const decoder = await create(shape, [[file, offsets]]);
    const memory = (change: Partial<Record<number, unknown>> = {}): unknown =>
      Object.assign(
        [
          ...[new Float32Array(8), new Float32Array(8), 2, Int32Array.of(0)],
          ...[new Float32Array(2), new Float32Array(2), new Float32Array(8)],
        ],
        change,
      );
    const plan = (hidden: unknown, layers: unknown) =>
      addon.createPlan([[decoder, hidden, layers] as never]);
    const hidden = new Float32Array(8);
    for (const change of [
      ...[{ 0: new Float32Array(9) }, { 1: new Float64Array(8) }, { 2: 3 }, { 2: 0 }],
      ...[{ 3: new Int32Array(2) }, { 4: new Float32Array(3) }, { 6: new Float32Array(7) }],
      { 5: new Float32Array(new SharedArrayBuffer(8)) },
      ...[{ 0: new Int8Array(8), 1: new Int8Array(8) }, { 1: new Uint16Array(8) }],
      { 0: new Int8Array(8), 1: new Int8Array(8), 7: new Float32Array(2), 8: new Float32Array(1) },
    ]) {
      expect(() => plan(hidden, [memory(change)])).toThrow(TypeError);
    }
    expect(() => plan(new Float32Array(7), [memory()])).toThrow(TypeError);
    expect(() => plan(hidden, [])).toThrow(TypeError);
    expect(() => plan(hidden, [memory(), memory()])).toThrow(TypeError);
    for (const row of [-1, 2]) {
      const outside = plan(hidden, [memory({ 3: Int32Array.of(row) })]);
      await expect(addon.runPlan(outside)).rejects.toThrow(/lies outside of a cache of 2 rows/);
    }
    const good = plan(hidden, [memory()]);
    await addon.releaseDecoder(decoder);
    expect(() => plan(hidden, [memory()])).toThrow('Expected a decoder that was not released');
    // The plan has a share of it.
    await addon.runPlan(good);
  });
});

/** NaN does not equal itself. */
const zeroed = (value: number): number => (Number.isNaN(value) ? 0 : value);
