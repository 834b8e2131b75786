import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  attentionOf,
  expectDistinct,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { holov } from './holov.js';

describeCases(methodGoldens('holov'), (one) => {
  const { map, order, quota, groupScores } = holov(
    { features: one.matrix('features'), attention: one.attention('attn') },
    { keep: one.param('keep'), groups: one.param('groups'), alpha: one.param('alpha') },
  );
  expect(Array.from(order)).toEqual(one.output('order'));
  expect(Array.from(quota)).toEqual(one.output('quota'));
  expect(relativeSpread(groupScores, one.floats('group_scores'))).toBeLessThanOrEqual(
    FLOAT_TOLERANCE,
  );
  expect(Array.from(map.anchors)).toEqual(one.output('order'));
});

it('puts out exactly the rows asked for: tokens once each, then zero rows', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.integer({ min: 1, max: 20 }),
      (signal, tokens, share, groups) => {
        const keep = Math.round(share * tokens);
        const { map, order, quota } = pure(
          [rowsOf(signal, tokens, 4), attentionOf(signal, 1, tokens)],
          (features, attention) =>
            holov(
              {
                features: { data: features, width: 4 },
                attention: { data: attention, heads: 1, rows: 1 },
              },
              { keep, groups },
            ),
        );
        const count = Math.min(keep, tokens);
        expect(map.outputRows).toBe(count);
        expect(quota.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(count);
        const filled = order.filter((token) => token >= 0);
        expectDistinct(filled, filled.length, tokens);
        expect(order.subarray(filled.length).every((token) => token === -1)).toBe(true);
      },
    ),
    RUNS,
  );
});

it('refuses values that are not finite and negative attention', () => {
  const run = (features: Float32Array, attention: Float32Array) =>
    holov(
      { features: { data: features, width: 2 }, attention: { data: attention, heads: 1, rows: 1 } },
      { keep: 2 },
    );
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(4)], run);
  expect(() => run(new Float32Array(8), Float32Array.of(0, 0, 0, -1))).toThrow(/token 3/);
});
