import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { gprune, gpruneCount } from './gprune.js';

describeCases(methodGoldens('gprune'), (one) => {
  const tokens = one.param('N');
  const keep = Math.min(tokens, gpruneCount(tokens, one.param('ratio')));
  expect(keep).toBe(one.param('keep'));
  const { kept, order, information, degree } = gprune(
    { features: one.matrix('features') },
    {
      keep,
      iterations: one.param('iterations'),
      similarity: one.param('similarity'),
      temperature: one.param('temperature'),
    },
  );
  expect(Array.from(kept)).toEqual(one.output('kept'));
  expect(Array.from(order)).toEqual(one.output('topk_order'));
  expect(Array.from(degree)).toEqual(one.output('degree'));
  expect(relativeSpread(information, one.floats('information'))).toBeLessThanOrEqual(
    FLOAT_TOLERANCE,
  );
});

it('keeps exactly the tokens asked for', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.integer({ min: 0, max: 6 }),
      (signal, tokens, share, iterations) => {
        const keep = Math.round(share * tokens);
        const { kept, degree } = pure([rowsOf(signal, tokens, 4)], (data) =>
          gprune({ features: { data, width: 4 } }, { keep, iterations }),
        );
        expectAscending(kept, Math.min(keep, tokens), tokens);
        expect(Math.min(...degree)).toBeGreaterThanOrEqual(1);
        expect(Math.max(...degree)).toBeLessThanOrEqual(tokens);
      },
    ),
    RUNS,
  );
});

it('refuses features that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(8)], (data) =>
    gprune({ features: { data, width: 2 } }, { keep: 2 }),
  );
});
