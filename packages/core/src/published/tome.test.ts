import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapRows } from '../select/row-map.js';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  expectDistinct,
  expectMeans,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { tome } from './tome.js';
import { type TomeRemoval, tomeSchedule } from './tome-schedule.js';

describeCases(methodGoldens('tome'), (one) => {
  if (one.param<string>('part') === 'schedule') {
    // JSON does not tell Python's pair (r, inflection) from a list of two blocks.
    const r = one.param<number | number[]>('r');
    const removal: TomeRemoval =
      Array.isArray(r) && r.length === 2 ? { remove: r[0]!, inflection: r[1]! } : r;
    expect(tomeSchedule(one.param('layers'), removal)).toEqual(one.output('per_layer'));
    return;
  }
  const x = one.matrix('x');
  const result = tome(
    {
      metric: one.matrix('metric'),
      ...(one.hasInput('size') ? { sizes: one.input('size').data } : {}),
    },
    {
      remove: one.param('r'),
      classToken: one.param('class_token'),
      distillToken: one.param('distill_token'),
    },
  );
  expect(result.removed).toBe(one.output('r_effective'));
  expect(Array.from(result.group)).toEqual(one.output('group'));
  if (one.hasOutput('src')) {
    expect(Array.from(result.source)).toEqual(one.output('src'));
    expect(Array.from(result.target)).toEqual(one.output('dst'));
    expect(Array.from(result.unmerged)).toEqual(one.output('unm'));
  }
  expect(relativeSpread(result.sizes, one.floats('size'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  const out = mapRows(x.data, x.width, result.map);
  expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
});

it('puts every token into one mean and leaves protected ones alone', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.constantFrom(0, 1, 2),
      (signal, tokens, share, protectedTokens) => {
        const remove = Math.round(share * tokens);
        const result = pure([rowsOf(signal, tokens, 4)], (data) =>
          tome(
            { metric: { data, width: 4 } },
            { remove, classToken: protectedTokens > 0, distillToken: protectedTokens > 1 },
          ),
        );
        const most = Math.max(0, Math.floor((tokens - protectedTokens) / 2));
        expect(result.removed).toBe(Math.min(remove, most));
        expect(result.map.outputRows).toBe(tokens - result.removed);
        expectMeans(result.map);
        expectDistinct(result.source, result.removed, tokens);
        expect(result.sizes.reduce((sum, size) => sum + size, 0)).toBe(tokens);
        for (let token = 0; token < Math.min(tokens, protectedTokens); token++) {
          expect(result.sizes[result.group[token]!]).toBe(1);
        }
      },
    ),
    RUNS,
  );
});

it('refuses what is not finite, sizes of 0 and a distillation token without a class token', () => {
  const ones = new Float32Array(4).fill(1);
  expectRefusesNonFinite([ones], (data) => tome({ metric: { data, width: 1 } }, { remove: 1 }));
  const metric = { data: ones, width: 1 };
  expect(() => tome({ metric, sizes: new Float32Array(4) }, { remove: 1 })).toThrow(/sizes\[0\]/);
  expect(() => tome({ metric, sizes: new Float32Array(3) }, { remove: 1 })).toThrow(
    /4 rows for sizes/,
  );
  expect(() => tome({ metric }, { remove: 1, distillToken: true })).toThrow(/set classToken/);
});

it('spreads a linear schedule over one block too', () => {
  expect(tomeSchedule(1, { remove: 8, inflection: -1 })).toEqual([16]);
});
