import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
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
} from './__fixtures__/properties.js';
import { fastervlm } from './fastervlm.js';

describeCases(methodGoldens('fastervlm'), (one) => {
  const { kept, scores } = fastervlm(
    { attention: one.attention('attn') },
    { keep: one.param('keep') },
  );
  expect(Array.from(kept)).toEqual(one.output('kept'));
  expect(relativeSpread(scores, one.floats('score'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
});

it('keeps tokens in order, as many as asked for or all', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, tokens, share) => {
      const keep = Math.round(share * tokens);
      const { kept, scores } = pure([attentionOf(signal, 2, tokens)], (data) =>
        fastervlm({ attention: { data, heads: 2, rows: 1 } }, { keep }),
      );
      expectAscending(kept, Math.min(keep, tokens), tokens);
      const lowestKept = Math.min(...Array.from(kept, (token) => scores[token]!));
      const dropped = scores.filter((_, token) => !kept.includes(token));
      if (kept.length > 0) expect(Math.max(0, ...dropped)).toBeLessThanOrEqual(lowestKept);
    }),
    RUNS,
  );
});

it('refuses attention that is not finite', () => {
  expectRefusesNonFinite([new Float32Array(6).fill(0.1)], (data) =>
    fastervlm({ attention: { data, heads: 2, rows: 1 } }, { keep: 1 }),
  );
});
