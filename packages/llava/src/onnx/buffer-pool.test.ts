import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('the memory of sequences', () => {
  it('hands out the shortest memory that was given back and is long enough', () => {
    const pool = new BufferPool();
    const [short, long, longest] = [8, 32, 64].map((length) => pool.take(length));
    for (const array of [longest!, short!, long!]) pool.give(array);
    const taken = pool.take(16);
    expect(taken).toHaveLength(16);
    expect(taken.buffer).toBe(long!.buffer);
    // The whole of it comes back.
    pool.give(taken);
    expect(pool.take(32).buffer).toBe(long!.buffer);
    expect(pool.take(9).buffer).toBe(longest!.buffer);
    expect(pool.take(1).buffer).toBe(short!.buffer);
  });

  it('never gives one memory to two', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), length: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ kind: fc.constant('give' as const), index: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const pool = new BufferPool(1000);
        const used: Float32Array[] = [];
        for (const one of steps) {
          if (one.kind === 'take') {
            const taken = pool.take(one.length);
            expect(taken).toHaveLength(one.length);
            used.push(taken);
          } else if (used.length > 0) pool.give(used.splice(one.index % used.length, 1)[0]!);
          expect(new Set(used.map(({ buffer }) => buffer)).size).toBe(used.length);
        }
      }),
    );
  });

  it('makes longer memory in the place of what is too short', () => {
    const pool = new BufferPool();
    const short = [1, 2, 3].map(() => pool.take(10));
    for (const array of short) pool.give(array);
    pool.take(15);
    const old = new Set(short.map(({ buffer }) => buffer));
    // Two of the three went for it.
    expect(old.has(pool.take(10).buffer)).toBe(true);
    expect(old.has(pool.take(10).buffer)).toBe(false);
  });

  it('keeps no more than its bound', () => {
    const pool = new BufferPool(4 * 100);
    const arrays = [60, 50, 40].map((length) => pool.take(length));
    for (const array of arrays) pool.give(array);
    expect(pool.take(41).buffer).toBe(arrays[0]!.buffer);
    expect(pool.take(1).buffer).toBe(arrays[2]!.buffer);
    expect(arrays.map(({ buffer }) => buffer)).not.toContain(pool.take(1).buffer);
  });

  it('forgets what nobody uses', () => {
    const pool = new BufferPool();
    const array = pool.take(10);
    pool.give(array);
    pool.clear();
    expect(pool.take(10).buffer).not.toBe(array.buffer);
  });
});
