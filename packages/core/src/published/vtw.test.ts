import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anySignal,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { vtwSearch, vtwWithdraw } from './vtw.js';

describeCases(methodGoldens('vtw'), (one) => {
  if (one.param<string>('part') === 'search') {
    const { layer, divergence, meanDivergence } = vtwSearch(
      { full: one.matrix('logits_full'), withdrawn: one.matrix('logits_withdrawn') },
      { firstLayer: one.param('first_candidate'), threshold: one.param('eta') },
    );
    expect(layer).toBe(one.output('K'));
    expect(relativeSpread(divergence, one.floats('kl'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
    expect(relativeSpread(meanDivergence, one.floats('kl_mean'))).toBeLessThanOrEqual(
      FLOAT_TOLERANCE,
    );
    return;
  }
  const start = one.param('sys_len');
  const visual = one.param('N');
  const span = { rows: start + visual + one.param('text_len'), start, visual };
  const { kept, positions } = vtwWithdraw(span);
  expect(Array.from(kept)).toEqual(one.output('kept'));
  expect(Array.from(positions)).toEqual(one.output('position_ids_keep'));
  const truncated = vtwWithdraw(span, { positions: 'truncate' });
  expect(Array.from(truncated.positions)).toEqual(one.output('position_ids_truncate'));
});

it('finds divergences that are not negative, and 0 for equal logits', () => {
  fc.assert(
    fc.property(anySignal, fc.integer({ min: 1, max: 40 }), (signal, vocabulary) => {
      const full = rowsOf(signal, 2, vocabulary);
      const other = rowsOf({ ...signal, seed: signal.seed + 1 }, 2, vocabulary);
      // Two candidates a sample, the second without any change.
      const withdrawn = Float32Array.of(
        ...other.subarray(0, vocabulary),
        ...full.subarray(0, vocabulary),
        ...other.subarray(vocabulary),
        ...full.subarray(vocabulary),
      );
      const { layer, divergence, meanDivergence } = pure([full, withdrawn], (a, b) =>
        vtwSearch({
          full: { data: a, width: vocabulary },
          withdrawn: { data: b, width: vocabulary },
        }),
      );
      expect(Math.min(...divergence)).toBeGreaterThanOrEqual(-1e-9);
      expect(meanDivergence[1]).toBe(0);
      expect(layer).toBe(meanDivergence[0]! <= 0.003 ? 5 : 6);
    }),
    RUNS,
  );
});

it('says how near the best candidate came when none is near enough', () => {
  const full = { data: Float32Array.of(0, 4), width: 2 };
  const withdrawn = { data: Float32Array.of(4, 0), width: 2 };
  expect(() => vtwSearch({ full, withdrawn })).toThrow(/the lowest is 3\.8/);
});

it('refuses logits that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(2), new Float32Array(4)], (full, withdrawn) =>
    vtwSearch({ full: { data: full, width: 2 }, withdrawn: { data: withdrawn, width: 2 } }),
  );
});
