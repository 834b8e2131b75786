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
  attentionOf,
  expectAscending,
  expectDistinct,
  expectMeans,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { mustdropFilter } from './mustdrop-filter.js';
import { mustdropKeySet } from './mustdrop-key-set.js';
import { mustdropSpatial } from './mustdrop-spatial.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const parts: Record<string, (one: GoldenCase) => void> = {
  spatial(one) {
    const { data, width } = one.matrix('x');
    const { map, mergedWindows, similarity, sizes } = mustdropSpatial(
      { data, width },
      {
        columns: one.param('grid'),
        threshold: one.param('threshold'),
        window: one.param<[number, number]>('window'),
      },
    );
    expect(relativeSpread(similarity, one.floats('window_similarity'))).toBeLessThanOrEqual(
      FLOAT_TOLERANCE,
    );
    expect(Array.from(mergedWindows)).toEqual(one.output('merged_windows'));
    expect(Array.from(sizes)).toEqual(Array.from(one.floats('sizes')));
    const out = mapRows(data, width, map);
    expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  keyset(one) {
    const keySet = mustdropKeySet(one.attention('attn'), { rate: one.param('keep_rate') });
    expect(Array.from(keySet)).toEqual(one.output('key_set'));
  },
  filter(one) {
    const { kept, keySet } = mustdropFilter(one.attention('attn_tv'), {
      global: one.param('global_thr'),
      individual: one.param('individual_thr'),
      keySet: one.param<number[]>('key_set'),
    });
    expect(Array.from(kept)).toEqual(one.output('kept'));
    expect(Array.from(keySet)).toEqual(one.output('new_key_set'));
    const start = one.param('sys_len');
    const after = start + one.param('N');
    const sequence = [
      ...upTo(start),
      ...Array.from(kept, (token) => start + token),
      ...upTo(after + one.param('text_len')).slice(after),
    ];
    expect(sequence).toEqual(one.output('keep'));
    expect(upTo(sequence.length)).toEqual(one.output('position_ids'));
  },
};

describeCases(methodGoldens('mustdrop'), (one) => parts[one.param<string>('part')]!(one));

it('merges every patch into one mean, in grids that do not divide into windows too', () => {
  const side = fc.integer({ min: 1, max: 10 });
  const window = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(
      anySignal,
      fc.nat(10),
      side,
      window,
      window,
      fc.double({ min: -1, max: 1, noNaN: true }),
      (signal, rows, columns, high, wide, threshold) => {
        fc.pre(high * wide > 1);
        const inputs = 1 + rows * columns;
        const { map, sizes, similarity, mergedWindows } = pure(
          [rowsOf(signal, inputs, 3)],
          (data) =>
            mustdropSpatial({ data, width: 3 }, { columns, threshold, window: [high, wide] }),
        );
        expectMeans(map);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(inputs);
        expect(map.outputRows).toBe(inputs - mergedWindows.length * (high * wide - 1));
        for (const index of mergedWindows) {
          expect(similarity[index]).toBeGreaterThanOrEqual(Math.fround(threshold) - 1e-6);
        }
      },
    ),
    RUNS,
  );
});

it('never drops the key set, and everything else only where it is little looked at', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      fc.integer({ min: 1, max: 4 }),
      anyShare,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (signal, visual, text, share, threshold) => {
        const size = Math.min(visual, Math.round(0.2 * share * visual));
        const key = upTo(visual).reverse().slice(0, size);
        const { kept, keySet } = pure([attentionOf(signal, 2 * text, visual)], (data) =>
          mustdropFilter(
            { data, heads: 2, rows: text },
            { global: threshold / visual, individual: threshold, keySet: key },
          ),
        );
        expectAscending(kept, kept.length, visual);
        expect(Array.from(keySet, (index) => kept[index])).toEqual(key);
      },
    ),
    RUNS,
  );
});

it('takes ceil of the rate for the key set, best first', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, (signal, patches) => {
      const keySet = pure([attentionOf(signal, 2, patches + 1)], (data) =>
        mustdropKeySet({ data, heads: 2, rows: 1 }),
      );
      expectDistinct(keySet, Math.ceil(0.08 * patches), patches);
    }),
    RUNS,
  );
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(10)], (data) =>
    mustdropSpatial({ data, width: 1 }, { columns: 3 }),
  );
  expectRefusesNonFinite([new Float32Array(4)], (data) =>
    mustdropKeySet({ data, heads: 1, rows: 1 }),
  );
  expectRefusesNonFinite([new Float32Array(4)], (data) =>
    mustdropFilter({ data, heads: 1, rows: 1 }, { global: 1, individual: 1, keySet: [] }),
  );
});
