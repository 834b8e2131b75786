import { describeGoldens } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  FLOAT_TOLERANCE,
  goldenCases,
  goldenFiles,
  relativeSpread,
} from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  causalAttentionOf,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { fitprune, fitpruneScores, fitpruneScoresOfKeys } from './fitprune.js';
import { FITPRUNE_SCHEMES } from './fitprune-schemes.js';

describeGoldens('methods/fitprune', goldenFiles('fitprune'), (set) => {
  set.each(
    goldenCases(set, 'fitprune'),
    ({ id }) => id,
    (one) => {
      const span = { start: one.param('sys_len'), visual: one.param('N') };
      const result = one.hasInput('attn')
        ? fitpruneScores(one.attention('attn'), span)
        : fitpruneScoresOfKeys({ queries: one.heads('q'), keys: one.heads('k') }, span);
      expect(relativeSpread(result.self, one.floats('self_'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
      expect(relativeSpread(result.cross, one.floats('cross'))).toBeLessThanOrEqual(
        FLOAT_TOLERANCE,
      );
      expect(relativeSpread(result.scores, one.floats('score'))).toBeLessThanOrEqual(
        FLOAT_TOLERANCE,
      );
      const { kept, dropped } = fitprune(result.scores, { remove: one.param('delete') });
      expect(Array.from(kept)).toEqual(one.output('kept'));
      expect(Array.from(dropped)).toEqual(one.output('dropped'));
    },
  );
  it('has the published schemes', () => {
    const { delete_schemes: schemes } = set.json<{ delete_schemes: Record<string, number[]> }>(
      'methods/fitprune/cases.json',
    );
    expect(FITPRUNE_SCHEMES).toEqual(schemes);
  });
});

it('drops exactly the tokens asked for, the later of equal ones', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, visual, share) => {
      const remove = Math.round(share * visual);
      const rows = 1 + visual + 2;
      const { kept, dropped, scores } = pure([causalAttentionOf(signal, 2, rows, rows)], (data) => {
        const found = fitpruneScores({ data, heads: 2, rows }, { start: 1, visual });
        return { ...found, ...fitprune(found.scores, { remove }) };
      });
      expectAscending(dropped, Math.min(remove, visual), visual);
      expectAscending(kept, visual - dropped.length, visual);
      const lowestKept = Math.min(...Array.from(kept, (token) => scores[token]!));
      for (const token of dropped) expect(scores[token]).toBeLessThanOrEqual(lowestKept);
    }),
    { numRuns: 30 },
  );
});

it('gives the same scores from queries and keys as from the attention that they make', () => {
  fc.assert(
    fc.property(anySignal, fc.integer({ min: 1, max: 24 }), (signal, visual) => {
      const rows = visual + 3;
      const queries = rowsOf({ ...signal, seed: signal.seed + 1 }, 4 * rows, 2);
      const keys = rowsOf(signal, 2 * rows, 2);
      const data = new Float32Array(4 * rows * rows);
      for (let head = 0; head < 4; head++) {
        for (let query = 0; query < rows; query++) {
          const logits = Array.from({ length: query + 1 }, (_, key) => {
            const a = (head * rows + query) * 2;
            const b = (Math.floor(head / 2) * rows + key) * 2;
            return (queries[a]! * keys[b]! + queries[a + 1]! * keys[b + 1]!) / Math.SQRT2;
          });
          const highest = Math.max(...logits);
          const sum = logits.reduce((total, value) => total + Math.exp(value - highest), 0);
          logits.forEach((value, key) => {
            data[(head * rows + query) * rows + key] = Math.exp(value - highest) / sum;
          });
        }
      }
      const span = { start: 1, visual };
      const direct = fitpruneScores({ data, heads: 4, rows }, span);
      const streamed = pure([queries, keys], (a, b) =>
        fitpruneScoresOfKeys(
          { queries: { data: a, heads: 4, width: 2 }, keys: { data: b, heads: 2, width: 2 } },
          span,
        ),
      );
      expect(relativeSpread(streamed.self, direct.self)).toBeLessThan(1e-5);
      expect(relativeSpread(streamed.cross, direct.cross)).toBeLessThan(1e-5);
    }),
    RUNS,
  );
});

it('can repeat the reversed sort of UniPruneBench', () => {
  const scores = Float32Array.of(3, 1, 2, 4);
  expect(Array.from(fitprune(scores, { remove: 2, keepLowest: true }).kept)).toEqual([1, 2]);
  expect(Array.from(fitprune(scores, { remove: 2 }).kept)).toEqual([0, 3]);
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(9)], (data) =>
    fitpruneScores({ data, heads: 1, rows: 3 }, { start: 1, visual: 1 }),
  );
  expectRefusesNonFinite([new Float32Array(4)], (scores) => fitprune(scores, { remove: 1 }));
});
