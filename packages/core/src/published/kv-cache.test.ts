import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CacheSignals } from '../select/cache-attention.js';
import { type CacheSelection, cacheBudget } from '../select/cache-selection.js';
import { type GoldenCase, methodGoldens } from './__fixtures__/golden-case.js';
import {
  anySignal,
  anyTokens,
  expectAscending,
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { kvH2o } from './kv-h2o.js';
import { kvPyramidkv, pyramidkvCounts } from './kv-pyramidkv.js';
import { kvRandom } from './kv-random.js';
import { kvSnapkv } from './kv-snapkv.js';
import { kvStreamingllm } from './kv-streamingllm.js';

const lists = (rows: readonly Int32Array[]) => rows.map((row) => Array.from(row));

const POOLING = { avgpool: 'mean', maxpool: 'max', no: 'none' } as const;
const poolingOf = (one: GoldenCase) => ({
  pooling: POOLING[one.param<keyof typeof POOLING>('pooling')],
  kernel: one.param('kernel'),
});
const commonOf = (one: GoldenCase) => ({
  budget: one.param('budget'),
  headAdaptive: one.param<boolean>('head_adaptive'),
});
const signalsOf = (one: GoldenCase) => ({ queries: one.heads('q'), keys: one.heads('k') });

function check(one: GoldenCase, { kept, order }: CacheSelection): void {
  expect(lists(kept)).toEqual(one.output('kept'));
  if (one.hasOutput('order')) expect(lists(order)).toEqual(one.output('order'));
  expect(kept[0]!.length).toBe(one.output('n_kept'));
  const { capacity, window } = cacheBudget(one.param('n'), one.param('budget'));
  expect([capacity, window]).toEqual([one.output('cap'), one.output('window')]);
}

const methods: Record<string, (one: GoldenCase) => void> = {
  kv_streamingllm(one) {
    const positions = one.param('n');
    const { kept } = kvStreamingllm(
      { positions, keyValueHeads: 2 },
      { budget: one.param('budget') },
    );
    expect(lists(kept)).toEqual([one.output('kept'), one.output('kept')]);
    const { capacity, window } = cacheBudget(positions, one.param('budget'));
    expect([capacity, window]).toEqual([one.output('cap'), one.output('window')]);
  },
  kv_h2o: (one) => check(one, kvH2o(signalsOf(one), commonOf(one))),
  kv_snapkv: (one) => check(one, kvSnapkv(signalsOf(one), { ...commonOf(one), ...poolingOf(one) })),
  kv_pyramidkv(one) {
    const shape = { layers: one.param('layers'), beta: one.param('beta') };
    const counts = pyramidkvCounts(one.param('n'), one.param('budget'), shape);
    expect(counts).toEqual(one.output('per_layer_kept'));
    for (let layer = 0; layer < shape.layers; layer++) {
      const parameters = { ...commonOf(one), ...poolingOf(one), ...shape, layer };
      const { kept } = kvPyramidkv(signalsOf(one), parameters);
      expect(kept.map(({ length }) => length)).toEqual(kept.map(() => counts[layer]));
      if (one.hasOutput(`kept_layer${layer}`)) {
        expect(lists(kept)).toEqual(one.output(`kept_layer${layer}`));
      }
    }
  },
};

for (const [name, run] of Object.entries(methods)) {
  describeCases(methodGoldens(name), run);
}

const anyBudget = fc.double({ min: 0, max: 1.3, noNaN: true });

/** A selection for a budget: the capacity in every head, the window among it. */
function expectCapacity(selection: CacheSelection, positions: number, budget: number): void {
  const { capacity, window } = cacheBudget(positions, budget);
  const count = Math.min(capacity, positions);
  for (const kept of selection.kept) {
    expectAscending(kept, count, positions);
    const last = Math.min(window, positions);
    expect(Array.from(kept.subarray(count - last))).toEqual(
      Array.from({ length: last }, (_, index) => positions - last + index),
    );
  }
  selection.order.forEach((order, head) => {
    expect(order.slice().sort()).toEqual(selection.kept[head]);
  });
}

describe('cache methods', () => {
  it.each([
    ['kvH2o', kvH2o],
    ['kvSnapkv', kvSnapkv],
  ] as const)('%s keeps the capacity of every head', (_, run) => {
    fc.assert(
      fc.property(
        anySignal,
        anyTokens,
        anyBudget,
        fc.boolean(),
        (signal, positions, budget, headAdaptive) => {
          const selection = pure(
            [rowsOf(signal, 4 * positions, 2), rowsOf({ ...signal, seed: 1 }, 2 * positions, 2)],
            (queries, keys) =>
              run(
                {
                  queries: { data: queries, heads: 4, width: 2 },
                  keys: { data: keys, heads: 2, width: 2 },
                },
                { budget, headAdaptive },
              ),
          );
          expect(selection.kept.length).toBe(2);
          expectCapacity(selection, positions, budget);
          if (!headAdaptive) expect(selection.kept[0]).toEqual(selection.kept[1]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('need no more than the queries of the window (kvSnapkv)', () => {
    const all: CacheSignals = {
      queries: { data: rowsOf({ seed: 3, kind: 'any' }, 64, 2), heads: 1, width: 2 },
      keys: { data: rowsOf({ seed: 4, kind: 'any' }, 64, 2), heads: 1, width: 2 },
    };
    const { window } = cacheBudget(64, 0.5);
    const last = { ...all.queries, data: all.queries.data.slice(-2 * window) };
    const parameters = { budget: 0.5 };
    expect(kvSnapkv({ ...all, queries: last }, parameters)).toEqual(kvSnapkv(all, parameters));
    expect(() =>
      kvSnapkv({ ...all, queries: { ...last, data: last.data.slice(2) } }, parameters),
    ).toThrow(/\[3, 64\] for query rows/);
  });

  it('fall with depth and keep the window (pyramidkvCounts)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        anyBudget,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (positions, budget, layers, beta) => {
          const counts = pyramidkvCounts(positions, budget, { layers, beta });
          const { capacity, window } = cacheBudget(positions, budget);
          counts.forEach((count, layer) => {
            expect(count).toBeLessThanOrEqual(layer === 0 ? positions : counts[layer - 1]!);
            expect(count).toBeGreaterThanOrEqual(Math.min(window, positions));
          });
          const mean = counts.reduce((sum, count) => sum + count, 0) / layers;
          if (layers > 1) expect(mean).toBeGreaterThanOrEqual(Math.min(capacity, positions) - 1);
        },
      ),
    );
  });

  it('draw the same for the same seed (kvRandom) and keep first and last ones (kvStreamingllm)', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(400),
        anyBudget,
        fc.nat(40),
        (seed, positions, budget, layer) => {
          const cache = { positions, keyValueHeads: 2 };
          const selection = kvRandom(cache, { budget, seed, layer });
          expect(kvRandom(cache, { budget, seed, layer })).toEqual(selection);
          expectCapacity(selection, positions, budget);
          const common = kvRandom(cache, { budget, seed, layer, headAdaptive: false });
          expect(common.kept[0]).toEqual(common.kept[1]);
          expectCapacity(kvStreamingllm(cache, { budget }), positions, budget);
        },
      ),
      RUNS,
    );
  });

  it('refuse values that are not finite, and heads that do not divide', () => {
    const run = (queries: Float32Array, keys: Float32Array, heads = 2) =>
      kvH2o(
        { queries: { data: queries, heads, width: 2 }, keys: { data: keys, heads: 2, width: 2 } },
        { budget: 0.5 },
      );
    expectRefusesNonFinite([new Float32Array(8), new Float32Array(8)], (a, b) => run(a, b));
    expect(() => run(new Float32Array(12), new Float32Array(8), 3)).toThrow(
      /query heads a key head/,
    );
  });
});
