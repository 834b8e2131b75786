import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundToBfloat16 } from '../select/bfloat16.js';
import { mapRows } from '../select/row-map.js';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anySignal,
  anyTokens,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  rowsOf,
  weightSum,
} from './__fixtures__/properties.js';
import { kvLookm, lookmCounts } from './kv-lookm.js';

describeCases(methodGoldens('kv_lookm'), (one) => {
  const positions = one.param('n');
  const budget = one.param('budget');
  const counts = lookmCounts(positions, budget);
  expect([counts.hitters, counts.recent]).toEqual([one.output('hh'), one.output('recent')]);
  const result = kvLookm(
    { queries: one.heads('q'), keys: one.heads('k') },
    { budget, image: one.param<[number, number]>('image'), merge: one.param<boolean>('merge') },
  );
  expect(result.kept.map((rows) => Array.from(rows))).toEqual(one.output('kept'));
  // The published code returns early, without these, where everything is kept.
  if (!one.hasOutput('k_out')) return;
  const importance = result.importance.flatMap((row) => Array.from(row));
  expect(relativeSpread(importance, one.floats('importance'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  if (one.hasOutput('dropped')) {
    expect(result.dropped.map((rows) => Array.from(rows))).toEqual(one.output('dropped'));
    expect(result.targets.map((rows) => Array.from(rows))).toEqual(one.output('merge_target'));
  }
  const merged = (name: string): Float32Array => {
    const { data, width } = one.heads(name);
    const size = positions * width;
    return Float32Array.from(
      result.maps.flatMap((map, head) =>
        Array.from(mapRows(data.subarray(head * size, (head + 1) * size), width, map)),
      ),
    );
  };
  expect(relativeSpread(merged('k'), one.floats('k_out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  expect(relativeSpread(merged('v'), one.floats('v_out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  if (one.hasOutput('k_out_bf16')) {
    // One step of bfloat16 is 1/128; a sum in another order may end on the other side of a half.
    const rounded = roundToBfloat16(merged('k'));
    const expected = one.floats('k_out_bf16');
    const off = rounded.filter((value, index) => value !== expected[index]).length;
    expect(off / expected.length).toBeLessThanOrEqual(0.01);
    expect(relativeSpread(rounded, expected)).toBeLessThanOrEqual(1 / 128);
  }
});

it('keeps text first, its counts in every head, and merges all that goes', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      fc.double({ min: 0, max: 1.2, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (signal, positions, budget, share, merge) => {
        const end = Math.floor(share * positions);
        const { kept, maps, dropped, targets } = pure(
          [rowsOf(signal, 4 * positions, 2), rowsOf({ ...signal, seed: 1 }, 2 * positions, 2)],
          (queries, keys) =>
            kvLookm(
              {
                queries: { data: queries, heads: 4, width: 2 },
                keys: { data: keys, heads: 2, width: 2 },
              },
              { budget, image: [0, end], merge },
            ),
        );
        const { hitters, recent } = lookmCounts(positions, budget);
        const count = Math.min(positions, hitters + recent);
        kept.forEach((rows, head) => {
          expectAscending(rows, count, positions);
          expectAscending(dropped[head]!, positions - count, positions);
          expect(targets[head]!.length).toBe(merge ? positions - count : 0);
          expect(maps[head]!.anchors).toEqual(rows);
          for (let row = 0; row < count; row++) {
            expect(Math.abs(weightSum(maps[head]!, row) - 1)).toBeLessThan(1e-5);
          }
          const textOut = dropped[head]!.some((row) => row >= end);
          const imageIn = rows.some((row) => row < end && row < positions - recent);
          expect(textOut && imageIn).toBe(false);
        });
      },
    ),
    { numRuns: 30 },
  );
});

it('rounds to bfloat16 to the nearest, halves to even', () => {
  const values = Float32Array.of(1, 1 + 1 / 256, 1 + 3 / 256, -1.001, 0, 3e38);
  const rounded = Array.from(roundToBfloat16(values));
  expect(rounded.slice(0, 5)).toEqual([1, 1, 1 + 4 / 256, -1, 0]);
  expect(Math.abs(rounded[5]! / 3e38 - 1)).toBeLessThan(1 / 256);
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(8)], (queries, keys) =>
    kvLookm(
      { queries: { data: queries, heads: 1, width: 2 }, keys: { data: keys, heads: 1, width: 2 } },
      { budget: 0.5, image: [0, 2] },
    ),
  );
});
