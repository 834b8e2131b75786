import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapRows } from '../select/row-map.js';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  attentionOf,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
  weightSum,
} from './__fixtures__/properties.js';
import { visionzip, visionzipCounts, visionzipDominant } from './visionzip.js';

describeCases(methodGoldens('visionzip'), (one) => {
  const attention = one.attention('attn');
  if (!one.hasInput('hidden')) {
    const dominant = visionzipDominant(attention, { dominant: one.param('dominant') });
    expect(Array.from(dominant)).toEqual(one.output('dominant'));
    return;
  }
  const result =
    one.param<string>('variant') === 'no_cls'
      ? visionzip(
          { attention, keys: { ...one.matrix('metric'), heads: 1 } },
          { ...visionzipCounts(one.param('N'), one.param('budget')), classToken: false },
        )
      : visionzip(
          { attention, keys: one.heads('keys') },
          { dominant: one.param('dominant'), contextual: one.param('contextual') },
        );
  expect(Array.from(result.dominant)).toEqual(one.output('dominant'));
  expect(Array.from(result.targets)).toEqual(one.output('targets'));
  if (one.hasOutput('merged')) {
    expect(Array.from(result.merged)).toEqual(one.output('merged'));
    expect(Array.from(result.assignment)).toEqual(one.output('assign'));
  }
  const { data, width } = one.matrix('hidden');
  const out = mapRows(data, width, result.map);
  expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
});

it('keeps dominant rows, CLS among them, and adds a mean to every target', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.integer({ min: 0, max: 12 }),
      fc.boolean(),
      (signal, rows, share, contextual, classToken) => {
        const dominant = Math.max(1, Math.round(share * rows));
        const { map, ...result } = pure(
          [attentionOf(signal, 2, rows), rowsOf(signal, 2 * rows, 3)],
          (attention, keys) =>
            visionzip(
              {
                attention: { data: attention, heads: 2, rows: 1 },
                keys: { data: keys, heads: 2, width: 3 },
              },
              { dominant, contextual, classToken },
            ),
        );
        const kept = Math.min(dominant, rows);
        const targets = Math.min(contextual, rows - kept);
        expectAscending(result.dominant, kept, rows);
        if (classToken) expect(result.dominant[0]).toBe(0);
        expectAscending(result.targets, targets, rows);
        expect(result.merged.length).toBe(targets === 0 ? 0 : rows - kept - targets);
        expect(map.outputRows).toBe(kept + targets);
        for (let row = kept; row < map.outputRows; row++) {
          const merged = result.assignment.includes(row - kept);
          expect(Math.abs(weightSum(map, row) - (merged ? 2 : 1))).toBeLessThan(1e-5);
        }
      },
    ),
    RUNS,
  );
});

it('refuses values that are not finite and signals that do not fit', () => {
  const run = (attention: Float32Array, keys: Float32Array) =>
    visionzip(
      {
        attention: { data: attention, heads: 1, rows: 1 },
        keys: { data: keys, heads: 1, width: 2 },
      },
      { dominant: 2, contextual: 1 },
    );
  expectRefusesNonFinite([new Float32Array(4), new Float32Array(8)], run);
  expect(() => run(new Float32Array(4), new Float32Array(10))).toThrow(/5 rows for attention/);
});
