import { type RowMap, referenceKernels } from '@autoprune/core';
import { findOnnxRuntimeAddon, loadKernels, type OnnxRuntimeAddon } from '@autoprune/kernels';
import { describe, expect, it } from 'vitest';
import { range } from '../arrays.js';
import { BufferPool } from './buffer-pool.js';
import { LayerCache } from './layer-cache.js';
import type { Packing } from './packed-rows.js';

const { addon } = findOnnxRuntimeAddon();
const HEADS = 2;
const WIDTH = 4;

/** float32 [heads, count, width] that counts up from `first`. */
const rows = (count: number, first: number): Float32Array =>
  Float32Array.from(range(0, HEADS * count * WIDTH), (value) => first + value);

/** A pool whose memory was used before, and left as no numbers. */
function usedPool(): BufferPool {
  const pool = new BufferPool();
  for (const array of [1, 2, 3, 4].map(() => pool.take(10_000))) pool.give(array.fill(NaN));
  return pool;
}

async function filled(
  pool: BufferPool,
  counts: readonly number[],
  addon?: OnnxRuntimeAddon,
): Promise<LayerCache> {
  return appended(newCache(pool, addon), counts);
}

const newCache = (pool: BufferPool, addon?: OnnxRuntimeAddon, packing?: Packing): LayerCache =>
  new LayerCache({ heads: HEADS, headSize: WIDTH }, { pool, addon, packing });

async function appended(cache: LayerCache, counts: readonly number[]): Promise<LayerCache> {
  for (const [index, count] of counts.entries()) {
    await cache.reserve(count);
    await cache.append(rows(count, 1000 * index), rows(count, -1000 * index), count);
  }
  return cache;
}

/** A map that keeps `kept` of `count` rows. */
const keeping = (count: number, kept: readonly number[]): RowMap => ({
  kind: 'row-map',
  inputRows: count,
  outputRows: kept.length,
  offsets: range(0, kept.length + 1),
  inputs: Int32Array.from(kept),
  weights: new Float32Array(kept.length).fill(1),
  anchors: Int32Array.from(kept),
});

describe('the cache of a layer', () => {
  it('holds what was appended, head by head, wherever it moves', async () => {
    const cache = await filled(usedPool(), [3, 70, 150]);
    expect(cache.length).toBe(223);
    const last = cache.readKeys(range(73, 223));
    expect(last).toEqual(rows(150, 2000));
    expect(cache.readValues(range(73, 223))).toEqual(rows(150, -2000));
    expect(cache.readKeys(range(0, 3))).toEqual(rows(3, 0));
  });

  it.runIf(addon)('holds the same where the addon copies', async () => {
    const counts = [3, 70_000, 80_000];
    const plain = await filled(usedPool(), counts);
    const native = await filled(usedPool(), counts, addon);
    expect(native.length).toBe(150_003);
    expect(native.key).toEqual(plain.key);
    expect(native.value).toEqual(plain.value);
  });

  it('has zeros where it has no rows yet, whatever its memory held before', async () => {
    const cache = await filled(usedPool(), [5]);
    const free = range(cache.length, cache.capacity);
    expect(free.length).toBeGreaterThan(0);
    for (const array of [cache.key, cache.value]) {
      for (let head = 0; head < HEADS; head++) {
        const unused = array.subarray(
          (head * cache.capacity + cache.length) * WIDTH,
          (head + 1) * cache.capacity * WIDTH,
        );
        expect(unused.every((value) => value === 0)).toBe(true);
      }
    }
  });

  it('leaves its memory to the next cache, and no memory to two', async () => {
    const pool = new BufferPool();
    const first = await filled(pool, [80]);
    const second = await filled(pool, [80]);
    const memory = (cache: LayerCache) => [cache.key.buffer, cache.value.buffer];
    const left = memory(first);
    expect(new Set([...left, ...memory(second)]).size).toBe(4);
    first.release();
    expect(first).toMatchObject({ length: 0, capacity: 0 });
    const third = await filled(pool, [60]);
    expect(new Set(memory(third))).toEqual(new Set(left));
    expect(second.readKeys(range(0, 80))).toEqual(rows(80, 0));
  });

  it('gives its memory back when it is cut', async () => {
    const pool = new BufferPool();
    const cache = await filled(pool, [10]);
    const { buffer } = cache.key;
    const map = keeping(10, [1, 9]);
    cache.map([map, map], referenceKernels);
    expect(cache.readKeys(range(0, 2))).toEqual(
      Float32Array.of(4, 5, 6, 7, 36, 37, 38, 39, 44, 45, 46, 47, 76, 77, 78, 79),
    );
    expect(cache.removed).toBe(8);
    expect([pool.take(1).buffer, pool.take(1).buffer]).toContain(buffer);
  });
});

describe.each(['fp16', 'int8'] as const)('a cache that rests in %s', (dtype) => {
  const packing: Packing = { dtype, kernels: loadKernels().cache };
  /** Halves hold whole numbers up to 2048; 8 bits hold a row to half a step. */
  const tolerance = dtype === 'fp16' ? 0 : 600 / 127;

  function expectRows(actual: Float32Array, expected: Float32Array): void {
    expect(actual.length).toBe(expected.length);
    const most = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
    expect(most).toBeLessThanOrEqual(tolerance);
  }

  const settled = async (counts: readonly number[], pool = usedPool()): Promise<LayerCache> => {
    const cache = newCache(pool, undefined, packing);
    for (const count of counts) {
      await cache.reserve(count);
      await cache.append(rows(count, 100), rows(count, -600), count);
      await cache.settle();
    }
    return cache;
  };

  it('holds nothing in float32 then, and gives back what was appended', async () => {
    const cache = await settled([3, 70]);
    expect(cache).toMatchObject({ length: 73, capacity: 0 });
    expect(cache.key.length + cache.value.length).toBe(0);
    expectRows(cache.readKeys(range(3, 73)), rows(70, 100));
    expectRows(cache.readValues(range(0, 3)), rows(3, -600));
    const { key, value, capacity, scales = [] } = await cache.restingPlace();
    expect(capacity).toBeGreaterThan(73);
    expect(key.length).toBe(HEADS * WIDTH * capacity);
    expect(value.constructor).toBe(dtype === 'fp16' ? Uint16Array : Int8Array);
    expect(scales.map(({ length }) => length)).toEqual(
      dtype === 'fp16' ? [] : [HEADS * capacity, HEADS * capacity],
    );
  });

  it('is unpacked for a layer that runs, with room for its rows', async () => {
    const cache = await settled([5]);
    await cache.reserve(2);
    expect(cache.capacity).toBe(7);
    const expected = rows(5, 100);
    for (let head = 0; head < HEADS; head++) {
      const all = cache.key.subarray(head * 7 * WIDTH, (head + 1) * 7 * WIDTH);
      const kept = expected.subarray(head * 5 * WIDTH, (head + 1) * 5 * WIDTH);
      expectRows(all.subarray(0, 5 * WIDTH), kept);
    }
  });

  it('packs again what took the place of forgotten rows', async () => {
    const cache = await settled([6]);
    cache.truncate(4);
    await appended(cache, [3]);
    await cache.settle();
    expect(cache.length).toBe(7);
    expectRows(cache.readKeys(range(4, 7)), rows(3, 0));
  });

  it('counts the row that the addon put to its place', async () => {
    const cache = await settled([2]);
    const { key, capacity, scales } = await cache.restingPlace();
    for (let head = 0; head < HEADS; head++) {
      const row = head * capacity + 2;
      key.fill(dtype === 'fp16' ? 0x3c00 : 1, row * WIDTH, (row + 1) * WIDTH);
      scales?.[0].fill(1, row, row + 1);
    }
    cache.countRow();
    expect(cache.length).toBe(3);
    expect(Array.from(cache.readKeys(Int32Array.of(2)))).toEqual(Array(HEADS * WIDTH).fill(1));
  });

  it('is cut where it rests', async () => {
    const cache = await settled([10]);
    const kept = cache.readKeys(Int32Array.of(1, 9));
    cache.map([keeping(10, [1, 9]), keeping(10, [1, 9])], referenceKernels);
    expect(cache).toMatchObject({ length: 2, capacity: 0, removed: 8 });
    expect(cache.readKeys(range(0, 2))).toEqual(kept);
  });

  it('is cut while its layer runs', async () => {
    const cache = await settled([4]);
    await cache.reserve(6);
    await cache.append(rows(6, 100), rows(6, 100), 6);
    const kept = cache.readKeys(Int32Array.of(1, 9));
    cache.map([keeping(10, [1, 9]), keeping(10, [1, 9])], referenceKernels);
    expect(cache.readKeys(range(0, 2))).toEqual(kept);
    await cache.settle();
    expectRows(cache.readKeys(range(0, 2)), kept);
  });

  it('leaves all of its memory to the next one', async () => {
    const pool = new BufferPool();
    const first = await settled([80], pool);
    const { key, value } = await first.restingPlace();
    first.release();
    expect(first).toMatchObject({ length: 0, capacity: 0 });
    const second = await settled([80], pool);
    const next = await second.restingPlace();
    const old = new Set([key.buffer, value.buffer]);
    expect(old.has(next.key.buffer) || old.has(next.value.buffer)).toBe(true);
  });
});
