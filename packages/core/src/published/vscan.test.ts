import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapRows } from '../select/row-map.js';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  attentionOf,
  expectAscending,
  expectMeans,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { vscan } from './vscan.js';

describeCases(methodGoldens('vscan'), (one) => {
  const features = one.matrix('features');
  const { map, kept, local, global } = vscan(
    {
      features,
      shallow: one.attention('attn_shallow'),
      deep: one.attention('attn_deep'),
    },
    { keep: one.param('keep') },
  );
  expect(Array.from(kept)).toEqual(one.output('kept'));
  expect(kept.length).toBe(one.output('count'));
  if (one.hasOutput('local')) {
    expect(Array.from(local)).toEqual(one.output('local'));
    expect(Array.from(global)).toEqual(one.output('global_'));
  }
  const merged = mapRows(features.data, features.width, map);
  expect(relativeSpread(merged, one.floats('merged'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
});

it('averages every token into a kept one, in grids that do not divide into windows too', () => {
  fc.assert(
    fc.property(
      anySignal,
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 1, max: 7 }),
      anyShare,
      (signal, rows, columns, window, share) => {
        const tokens = rows * columns;
        const keep = Math.round(share * tokens);
        const { map, kept, local, global } = pure(
          [
            rowsOf(signal, tokens, 4),
            attentionOf(signal, 1, tokens),
            attentionOf({ ...signal, seed: signal.seed + 1 }, 2, tokens),
          ],
          (features, shallow, deep) =>
            vscan(
              {
                features: { data: features, width: 4 },
                shallow: { data: shallow, heads: 1, rows: 1 },
                deep: { data: deep, heads: 2, rows: 1 },
              },
              { keep, columns, window },
            ),
        );
        expect(kept.length).toBeLessThanOrEqual(Math.min(keep, tokens));
        expectAscending(kept, local.length + global.length, tokens);
        if (kept.length > 0) expectMeans(map);
      },
    ),
    RUNS,
  );
});

it('refuses values that are not finite and tokens that fill no grid', () => {
  const run = (features: Float32Array, shallow: Float32Array, deep: Float32Array) =>
    vscan(
      {
        features: { data: features, width: 2 },
        shallow: { data: shallow, heads: 1, rows: 1 },
        deep: { data: deep, heads: 1, rows: 1 },
      },
      { keep: 2, columns: 2 },
    );
  const arrays = [new Float32Array(8), new Float32Array(4), new Float32Array(4)];
  expectRefusesNonFinite(arrays, run);
  expect(() => run(new Float32Array(6), new Float32Array(3), new Float32Array(3))).toThrow(/rows/);
});
