import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapRows } from '../select/row-map.js';
import {
  FLOAT_TOLERANCE,
  type GoldenCase,
  methodGoldens,
  relativeSpread,
} from './__fixtures__/golden-case.js';
import {
  anyShare,
  anySignal,
  anyTokens,
  expectDistinct,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { prumerge } from './prumerge.js';
import type { PrumergeSelection } from './prumerge-merge.js';
import { outlierCount } from './prumerge-outliers.js';
import { prumergePlus } from './prumerge-plus.js';
import { prumergeBudgetTokens, prumergePlusBudget } from './prumerge-plus-budget.js';

function check(one: GoldenCase, result: PrumergeSelection): void {
  expect(result.outliers).toBe(one.output('outliers'));
  if (one.hasOutput('k_from_int')) {
    const count = outlierCount(result.outliers, one.param('N'), true);
    expect(count).toBe(one.output('k_from_int'));
  }
  expect(relativeSpread(result.attention, one.floats('attn'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  expect(Array.from(result.kept)).toEqual(one.output('kept'));
  const { data, width } = one.matrix('features');
  const out = mapRows(data, width, result.map);
  expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
}

for (const [name, run] of [
  ['prumerge', prumerge],
  ['prumerge_plus', prumergePlus],
] as const) {
  describeCases(methodGoldens(name), (one) => {
    const signals = { query: one.input('q_cls').data, keys: one.matrix('keys') };
    check(one, run(signals, { neighbours: one.param('neighbours'), reference: true }));
  });
}

describeCases(methodGoldens('prumerge_plus_budget'), (one) => {
  const keep = prumergeBudgetTokens(one.param('N'), one.param('budget'));
  expect(keep).toBe(one.param('budget_tokens'));
  const signals = { queries: one.matrix('q'), keys: one.matrix('keys') };
  check(one, prumergePlusBudget(signals, { keep, reference: true }));
});

it('puts out a row a kept token and one for all others', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, tokens, share) => {
      const keys = rowsOf(signal, tokens + 1, 4);
      const query = rowsOf({ ...signal, seed: signal.seed + 1 }, 1, 4);
      for (const run of [prumerge, prumergePlus]) {
        const { map, kept, outliers } = pure([query, keys], (a, b) =>
          run({ query: a, keys: { data: b, width: 4 } }, { neighbours: 5 }),
        );
        expectDistinct(kept, kept.length, tokens);
        expect(kept.length).toBeGreaterThanOrEqual(outliers);
        expect(map.outputRows).toBe(kept.length + 1);
        const entries = Array.from(kept, () => 1 + Math.min(5, tokens - 1));
        const sizes = [...entries, tokens - kept.length];
        expect(Array.from(map.offsets.subarray(1), (end, row) => end - map.offsets[row]!)).toEqual(
          sizes,
        );
      }
      const keep = Math.round(share * tokens);
      const budgeted = pure([rowsOf(signal, tokens, 4), keys.slice(4)], (a, b) =>
        prumergePlusBudget(
          { queries: { data: a, width: 4 }, keys: { data: b, width: 4 } },
          { keep },
        ),
      );
      expectDistinct(budgeted.kept, Math.min(keep, tokens), tokens);
    }),
    RUNS,
  );
});

it('keeps as many tokens as there are outliers where the published rounding loses one', () => {
  expect(outlierCount(23, 729, true)).toBe(22);
  expect(outlierCount(23, 729, false)).toBe(23);
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(2), new Float32Array(8)], (query, data) =>
    prumerge({ query, keys: { data, width: 2 } }),
  );
  expectRefusesNonFinite([new Float32Array(8), new Float32Array(8)], (queries, keys) =>
    prumergePlusBudget(
      { queries: { data: queries, width: 2 }, keys: { data: keys, width: 2 } },
      { keep: 1 },
    ),
  );
});
