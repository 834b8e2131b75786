import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anySignal, expectAscending, pure, RUNS, rowsOf } from './__fixtures__/properties.js';
import { addReceived, h2oStep, streamingllmStep } from './kv-decoding.js';

const anyLimit = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .map(([a, b]) => ({ capacity: Math.max(a, b), window: Math.min(a, b) }));

it('slides the window over all rows but the first', () => {
  fc.assert(
    fc.property(fc.nat(20), anyLimit, (rows, limit) => {
      const kept = streamingllmStep(rows, limit);
      expectAscending(kept, Math.min(rows, limit.capacity), Math.max(1, rows));
      const first = Math.min(rows, limit.capacity - limit.window);
      for (let row = 0; row < first; row++) expect(kept[row]).toBe(row);
      if (rows > 0) expect(kept.at(-1)).toBe(rows - 1);
    }),
    RUNS,
  );
});

it('drops the row before the window that has received least', () => {
  expect(h2oStep(Float32Array.of(3, 1, 2, 0, 0), { capacity: 4, window: 2 })).toEqual(
    Int32Array.of(0, 2, 3, 4),
  );
  // Of equals the last goes.
  expect(h2oStep(Float32Array.of(1, 1, 1, 9), { capacity: 3, window: 1 })).toEqual(
    Int32Array.of(0, 1, 3),
  );
  expect(h2oStep(Float32Array.of(1, 2), { capacity: 4, window: 1 })).toEqual(Int32Array.of(0, 1));
});

it('keeps the window and the capacity', () => {
  fc.assert(
    fc.property(anySignal, fc.integer({ min: 1, max: 20 }), anyLimit, (signal, rows, limit) => {
      const kept = pure([rowsOf(signal, rows, 1)], (received) => h2oStep(received, limit));
      expectAscending(kept, Math.min(rows, limit.capacity), rows);
      const window = Math.min(rows, limit.window);
      expect(Array.from(kept.slice(kept.length - window))).toEqual(
        Array.from({ length: window }, (_, index) => rows - window + index),
      );
    }),
    RUNS,
  );
});

it('adds what the heads of a key/value head pay, or all heads', () => {
  const before = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
  // Queries of zero pay every row the same.
  const signals = {
    queries: { data: new Float32Array(4), heads: 4, width: 1 },
    keys: { data: new Float32Array(6), heads: 2, width: 1 },
  };
  const third = 2 / 3;
  const apart = addReceived(before, signals, true);
  expect(apart.map((sums) => Array.from(sums, (sum) => sum.toFixed(4)))).toEqual([
    [1 + third, 2 + third, third].map((sum) => sum.toFixed(4)),
    [3 + third, 4 + third, third].map((sum) => sum.toFixed(4)),
  ]);
  const together = addReceived(before, signals, false);
  expect(together[0]![2]).toBeCloseTo(2 * third, 5);
  expect(together[1]![2]).toBeCloseTo(2 * third, 5);
});
