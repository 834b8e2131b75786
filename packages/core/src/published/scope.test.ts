import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
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
import { scope } from './scope.js';

describeCases(methodGoldens('scope'), (one) => {
  const { order, kept } = scope(
    { features: one.matrix('features'), attention: one.attention('attn') },
    {
      keep: one.param('keep'),
      alpha: one.param('alpha'),
      combine: one.param<string>('combined') === 'add' ? 'add' : 'multiply',
    },
  );
  expect(Array.from(order)).toEqual(one.output('order'));
  expect(Array.from(kept)).toEqual(one.output('kept'));
});

it('chooses as the plain greedy rule does, gains computed anew at every step', () => {
  fc.assert(
    fc.property(
      anySignal,
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom('multiply' as const, 'add' as const),
      (signal, tokens, combine) => {
        const features = { data: rowsOf(signal, tokens, 3), width: 3 };
        const attention = { data: attentionOf(signal, 1, tokens), heads: 1, rows: 1 };
        const { order } = scope({ features, attention }, { keep: tokens, combine });
        const similarity = (i: number, j: number) => {
          const row = (t: number) => Array.from(features.data.subarray(t * 3, t * 3 + 3));
          const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
          const [a, b] = [row(i), row(j)];
          const norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
          return norms === 0 ? 0 : dot(a, b) / norms;
        };
        const covered = new Array<number>(tokens).fill(0);
        const chosen = new Set<number>();
        for (const next of order) {
          const gain = (i: number) => {
            let sum = 0;
            for (let j = 0; j < tokens; j++) sum += Math.max(0, similarity(i, j) - covered[j]!);
            return combine === 'add' ? sum + attention.data[i]! : sum * attention.data[i]!;
          };
          const rest = covered.map((_, i) => i).filter((i) => !chosen.has(i));
          // Rounding aside, nothing else would have gained more.
          expect(gain(next)).toBeGreaterThanOrEqual(Math.max(...rest.map(gain)) - 1e-5 * tokens);
          chosen.add(next);
          for (let j = 0; j < tokens; j++) covered[j] = Math.max(covered[j]!, similarity(next, j));
        }
      },
    ),
    RUNS,
  );
});

it('keeps exactly the tokens asked for, each once', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      anyShare,
      fc.double({ min: 0, max: 3, noNaN: true }),
      (signal, tokens, share, alpha) => {
        const keep = Math.round(share * tokens);
        const { kept } = pure(
          [rowsOf(signal, tokens, 4), attentionOf(signal, 2, tokens)],
          (features, attention) =>
            scope(
              {
                features: { data: features, width: 4 },
                attention: { data: attention, heads: 2, rows: 1 },
              },
              { keep, alpha },
            ),
        );
        expectAscending(kept, Math.min(keep, tokens), tokens);
      },
    ),
    RUNS,
  );
});

it('refuses values that are not finite and negative attention', () => {
  const run = (features: Float32Array, attention: Float32Array) =>
    scope(
      { features: { data: features, width: 2 }, attention: { data: attention, heads: 1, rows: 1 } },
      { keep: 2 },
    );
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(4)], run);
  expect(() => run(new Float32Array(8), Float32Array.of(0, 0, -1, 0))).toThrow(/token 2/);
});
