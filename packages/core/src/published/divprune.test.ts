import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { methodGoldens } from './__fixtures__/golden-case.js';
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
import { divprune, divpruneCount } from './divprune.js';

describeCases(methodGoldens('divprune'), (one) => {
  const tokens = one.param('N');
  const keep = Math.min(tokens, divpruneCount(tokens, one.param('ratio')));
  const features = one.matrix('features');
  const { order, kept } = divprune({ features }, { keep });
  if (one.hasOutput('order')) {
    expect(keep).toBe(one.param('keep'));
    expect(Array.from(order)).toEqual(one.output('order'));
    expect(Array.from(kept)).toEqual(one.output('kept'));
    return;
  }
  // Exact duplicates: only the groups are decided, and that no token is chosen twice.
  expect(keep).toBe(one.output('keep_count'));
  expectAscending(kept, keep, tokens);
  const row = (token: number) =>
    features.data.subarray(token * features.width, (token + 1) * features.width).join();
  const different = [...new Set(Array.from({ length: tokens }, (_, token) => row(token)))];
  const groups = one.output('first5_distinct_groups').length;
  const first = Array.from(order.subarray(0, groups), (token) => different.indexOf(row(token)));
  expect(first.sort()).toEqual(one.output('first5_distinct_groups'));
});

it('keeps exactly the tokens asked for, each once', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, (signal, tokens, share) => {
      const keep = Math.round(share * tokens);
      const { kept, order } = pure([rowsOf(signal, tokens, 4)], (data) =>
        divprune({ features: { data, width: 4 } }, { keep }),
      );
      expectAscending(kept, Math.min(keep, tokens), tokens);
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from(kept));
    }),
    RUNS,
  );
});

it('goes by index where all tokens point the same way', () => {
  const features = { data: Float32Array.of(1, 2, 2, 4, 3, 6, 0.1, 0.2), width: 2 };
  expect(Array.from(divprune({ features }, { keep: 3 }).order)).toEqual([0, 1, 2]);
});

it('refuses features that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(8)], (data) =>
    divprune({ features: { data, width: 2 } }, { keep: 2 }),
  );
});
