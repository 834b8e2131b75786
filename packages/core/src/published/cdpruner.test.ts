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
import { cdpruner } from './cdpruner.js';

const run = (keep: number) => (features: Float32Array, images: Float32Array, texts: Float32Array) =>
  cdpruner(
    {
      features: { data: features, width: 4 },
      imageEmbeddings: { data: images, width: 3 },
      textEmbeddings: { data: texts, width: 3 },
    },
    { keep },
  );

describeCases(methodGoldens('cdpruner'), (one) => {
  const { order, kept, relevance, gains } = cdpruner(
    {
      features: one.matrix('features'),
      imageEmbeddings: one.matrix('image_embeds'),
      textEmbeddings: one.matrix('text_embeds'),
    },
    { keep: one.param('keep') },
  );
  expect(Array.from(order)).toEqual(one.output('order'));
  expect(Array.from(kept)).toEqual(one.output('kept'));
  expect(relativeSpread(relevance, one.floats('relevance'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  if (one.hasOutput('gains')) {
    expect(relativeSpread(gains, one.floats('gains'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  }
});

it('keeps exactly the tokens asked for, with gains that never grow', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, tokens, share) => {
      const keep = Math.round(share * tokens);
      const other = { ...signal, seed: signal.seed + 1 };
      const { kept, relevance, gains } = pure(
        [rowsOf(signal, tokens, 4), rowsOf(other, tokens, 3), rowsOf(signal, 2, 3)],
        run(keep),
      );
      expectAscending(kept, Math.min(keep, tokens), tokens);
      expect(Math.min(...relevance)).toBeGreaterThanOrEqual(0);
      gains.forEach((gain, step) => {
        expect(gain).toBeLessThanOrEqual(step === 0 ? Infinity : gains[step - 1]!);
      });
    }),
    RUNS,
  );
});

it('goes by index once the features are spanned', () => {
  // Two directions, so that the third choice gains nothing.
  const features = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 2, 1, 0, 0);
  const { order, gains } = run(4)(features, new Float32Array(12).fill(1), Float32Array.of(1, 0, 0));
  expect(Array.from(order)).toEqual([0, 1, 2, 3]);
  expect(Array.from(gains)).toEqual([1, 1, 0, 0]);
});

it('refuses values that are not finite and prompts without text', () => {
  const arrays = [new Float32Array(16), new Float32Array(12), new Float32Array(3)] as const;
  expectRefusesNonFinite(arrays, run(2));
  expect(() => run(2)(arrays[0], arrays[1], new Float32Array(0))).toThrow(/at least one text/);
});
