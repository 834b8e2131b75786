import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { referenceSelectionKernels } from '../selection-kernels.js';
import { methodGoldens } from './__fixtures__/golden-case.js';
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
} from './__fixtures__/properties.js';
import { vispruner } from './vispruner.js';

describeCases(methodGoldens('vispruner'), (one) => {
  const { important, residual, kept } = vispruner(
    { features: one.matrix('features'), attention: one.attention('attn') },
    { keep: one.param('keep'), importantRatio: one.param('important_ratio') },
  );
  expect(Array.from(important)).toEqual(one.output('important'));
  if (one.hasOutput('residual_order')) {
    expect(Array.from(residual)).toEqual(one.output('residual_order'));
  }
  expect(Array.from(kept)).toEqual(one.output('kept'));
});

it('keeps exactly the tokens asked for, odd and small numbers too', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (signal, tokens, share, importantRatio) => {
        const keep = Math.round(share * tokens);
        const { kept, important, residual } = pure(
          [rowsOf(signal, tokens, 4), attentionOf(signal, 1, tokens)],
          (features, attention) =>
            vispruner(
              {
                features: { data: features, width: 4 },
                attention: { data: attention, heads: 1, rows: 1 },
              },
              { keep, importantRatio },
            ),
        );
        const count = Math.min(keep, tokens);
        expectAscending(kept, count, tokens);
        expect(important.length).toBe(Math.trunc(count * importantRatio));
        expect(important.length + residual.length).toBe(count);
      },
    ),
    RUNS,
  );
});

it('keeps the same tokens with the whole matrix of cosines', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, tokens, share) => {
      const signals = {
        features: { data: rowsOf(signal, tokens, 4), width: 4 },
        attention: { data: attentionOf(signal, 1, tokens), heads: 1, rows: 1 },
      };
      const parameters = { keep: Math.round(share * tokens) };
      expect(vispruner(signals, parameters, referenceSelectionKernels)).toEqual(
        vispruner(signals, parameters),
      );
    }),
    RUNS,
  );
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(4)], (features, attention) =>
    vispruner(
      { features: { data: features, width: 2 }, attention: { data: attention, heads: 1, rows: 1 } },
      { keep: 2 },
    ),
  );
});
