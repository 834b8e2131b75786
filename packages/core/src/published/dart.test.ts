import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { methodGoldens } from './__fixtures__/golden-case.js';
import {
  anySignal,
  anyTokens,
  expectAscending,
  expectDistinct,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { dart, dartPerPivot } from './dart.js';

describeCases(methodGoldens('dart'), (one) => {
  const imagePivots = one.param('pivot_image');
  const textPivots = one.param('pivot_text');
  const visual = one.param('N');
  const ratio = one.param('reduction_ratio');
  const perPivot = dartPerPivot(visual, ratio, imagePivots + textPivots);
  expect(perPivot).toBe(one.output('per_pivot'));
  const signals = { hidden: one.matrix('hidden'), keys: one.heads('keys') };
  const parameters = { start: one.param('sys_len'), visual, perPivot, imagePivots, textPivots };
  const result = dart(signals, parameters);
  expect(Array.from(result.imagePivots)).toEqual(one.output('image_pivots'));
  expect(Array.from(result.textPivots)).toEqual(one.output('text_pivots'));
  expect(Array.from(result.kept)).toEqual(one.output('kept'));
  const pivotOrder = one.output('pivot_order_cpython');
  const published = dart(signals, { ...parameters, pivotOrder });
  expect(Array.from(published.kept)).toEqual(one.output('kept_cpython_set_order'));
});

it('keeps its pivots and what each of them adds, as long as there are tokens', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      fc.nat(6),
      fc.nat(6),
      fc.nat(12),
      (signal, visual, text, pivots, perPivot) => {
        const rows = 2 + visual + text;
        const result = pure(
          [rowsOf(signal, rows, 4), rowsOf(signal, 2 * rows, 2)],
          (hidden, keys) =>
            dart(
              { hidden: { data: hidden, width: 4 }, keys: { data: keys, heads: 2, width: 2 } },
              { start: 2, visual, perPivot, imagePivots: pivots, textPivots: pivots },
            ),
        );
        const image = Math.min(pivots, visual);
        expectDistinct(result.imagePivots, image, visual);
        expectDistinct(result.textPivots, Math.min(pivots, text), rows);
        const wanted = image + (image + Math.min(pivots, text)) * perPivot;
        expectAscending(result.kept, Math.min(visual, wanted), visual);
        for (const pivot of result.imagePivots) expect(result.kept).toContain(pivot);
      },
    ),
    RUNS,
  );
});

it('refuses values that are not finite and spans outside the sequence', () => {
  const run = (hidden: Float32Array, keys: Float32Array, visual = 2) =>
    dart(
      { hidden: { data: hidden, width: 2 }, keys: { data: keys, heads: 1, width: 2 } },
      { start: 1, visual, perPivot: 1 },
    );
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(8)], (a, b) => run(a, b));
  expect(() => run(new Float32Array(8), new Float32Array(8), 9)).toThrow(/\[0, 3\] for visual/);
});
