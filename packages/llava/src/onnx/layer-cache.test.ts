import { referenceKernels } from '@autoprune/core';
import { findOnnxRuntimeAddon, type OnnxRuntimeAddon } from '@autoprune/kernels';
import { describe, expect, it } from 'vitest';
import { range } from '../arrays.js';
import { BufferPool } from './buffer-pool.js';
import { LayerCache } from './layer-cache.js';

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
  const cache = new LayerCache(HEADS, WIDTH, pool, addon);
  for (const [index, count] of counts.entries()) {
    await cache.reserve(count);
    await cache.append(rows(count, 1000 * index), rows(count, -1000 * index), count);
  }
  return cache;
}

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
    expect(cache.readKeys(free).every((value) => value === 0)).toBe(true);
    expect(cache.readValues(free).every((value) => value === 0)).toBe(true);
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
    const map = {
      kind: 'row-map' as const,
      inputRows: 10,
      outputRows: 2,
      offsets: Int32Array.of(0, 1, 2),
      inputs: Int32Array.of(1, 9),
      weights: Float32Array.of(1, 1),
      anchors: Int32Array.of(1, 9),
    };
    cache.map([map, map], referenceKernels);
    expect(cache.readKeys(range(0, 2))).toEqual(
      Float32Array.of(4, 5, 6, 7, 36, 37, 38, 39, 44, 45, 46, 47, 76, 77, 78, 79),
    );
    expect(cache.removed).toBe(8);
    expect([pool.take(1).buffer, pool.take(1).buffer]).toContain(buffer);
  });
});
