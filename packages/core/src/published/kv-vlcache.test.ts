import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FLOAT_TOLERANCE, methodGoldens, relativeSpread } from './__fixtures__/golden-case.js';
import {
  anySignal,
  anyTokens,
  causalAttentionOf,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  RUNS,
} from './__fixtures__/properties.js';
import { kvVlcache, vlcacheBudgets, vlcacheSparsity } from './kv-vlcache.js';

describeCases(methodGoldens('kv_vlcache'), (one) => {
  const { data } = one.input('attn_post');
  const layers = one.param('layers');
  const size = data.length / layers;
  const attentions = Array.from({ length: layers }, (_, layer) => ({
    data: data.subarray(layer * size, (layer + 1) * size),
    heads: one.param('heads'),
    rows: one.param('post_queries'),
  }));
  const found = attentions.map(vlcacheSparsity);
  expect(found.map(({ denseEntries }) => Array.from(denseEntries))).toEqual(
    one.output('dense_entries'),
  );
  const sparsity = found.map((layer) => layer.sparsity);
  expect(relativeSpread(sparsity, one.floats('sparsity'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  const common = {
    budget: one.param('budget'),
    windowPerLayer: one.param<boolean>('window_per_layer'),
  };
  const layerAdaptive = one.param<boolean>('layer_adaptive');
  const budgets = vlcacheBudgets(sparsity, { ...common, layerAdaptive });
  expect(relativeSpread(budgets, one.floats('budgets'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  const counts = attentions.map((attention, layer) => {
    const headAdaptive = one.param<boolean>('head_adaptive');
    const { kept } = kvVlcache(attention, {
      ...common,
      layerBudget: budgets[layer]!,
      keyValueHeads: one.param('kv_heads'),
      headAdaptive,
    });
    const expected = one.output<number[] | number[][]>(`kept_layer${layer}`);
    const heads = headAdaptive ? expected : kept.map(() => expected);
    expect(kept.map((rows) => Array.from(rows))).toEqual(heads);
    return kept[0]!.length;
  });
  expect(counts).toEqual(one.output('counts'));
});

it('keeps the window and never more than there is', () => {
  fc.assert(
    fc.property(
      anySignal,
      anyTokens,
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 0, max: 1.2, noNaN: true }),
      fc.boolean(),
      (signal, positions, queries, budget, windowPerLayer) => {
        const rows = Math.min(queries, positions);
        const { budgets, selection, sparsity } = pure(
          [causalAttentionOf(signal, 4, rows, positions)],
          (data) => {
            const attention = { data, heads: 4, rows };
            const layer = vlcacheSparsity(attention).sparsity;
            const shares = vlcacheBudgets([layer, 0.5], { budget, windowPerLayer });
            return {
              sparsity: layer,
              budgets: shares,
              selection: kvVlcache(attention, {
                budget,
                layerBudget: shares[0]!,
                windowPerLayer,
                keyValueHeads: 2,
              }),
            };
          },
        );
        expect(sparsity).toBeGreaterThanOrEqual(0);
        expect(sparsity).toBeLessThan(1);
        for (const share of budgets) {
          expect(share).toBeGreaterThanOrEqual(0.009);
          expect(share).toBeLessThanOrEqual(1);
        }
        for (const kept of selection.kept) {
          expectAscending(kept, kept.length, positions);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(positions, 2));
          expect(kept.at(-1)).toBe(positions - 1);
        }
      },
    ),
    RUNS,
  );
});

it('gives every layer the same when all are empty or when told to', () => {
  expect(vlcacheBudgets([1, 1], { budget: 0.5 })).toEqual([0.45, 0.45]);
  expect(vlcacheBudgets([0, 0.9], { budget: 0.5, layerAdaptive: false })).toEqual([0.45, 0.45]);
});

it('refuses attention that is not finite', () => {
  expectRefusesNonFinite([new Float32Array(6)], (data) =>
    vlcacheSparsity({ data, heads: 1, rows: 2 }),
  );
  expectRefusesNonFinite([new Float32Array(6)], (data) =>
    kvVlcache({ data, heads: 1, rows: 2 }, { budget: 0.5, layerBudget: 0.5, keyValueHeads: 1 }),
  );
});
