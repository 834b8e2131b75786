import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  expectRefusesNonFinite,
  pure,
  RUNS,
  rowsOf,
} from './__fixtures__/properties.js';
import { sparsevlm } from './sparsevlm.js';
import { sparsevlmRank } from './sparsevlm-rank.js';
import { sparsevlmRaters } from './sparsevlm-raters.js';
import { sparsevlmRecycle } from './sparsevlm-recycle.js';
import { rotaryBias, sparsevlmV2 } from './sparsevlm-v2.js';

const parts: Record<string, (one: GoldenCase) => void> = {
  raters(one) {
    const signals = { visual: one.matrix('h_v'), text: one.matrix('h_t') };
    // The published code leaves no rater where no weight is above the mean; degenerate/ has rule T.
    const { raters, weights } = sparsevlmRaters(signals, {
      none: one.degenerate ? 'all' : 'empty',
    });
    expect(Array.from(raters)).toEqual(one.output('raters'));
    expect(relativeSpread(weights, one.floats('weights'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
    expect(sparsevlmRaters(signals).raters.length).toBeGreaterThan(0);
  },
  topk(one) {
    const { kept, scores } = sparsevlm(
      { attention: one.attention('attn_tv'), raters: one.param<number[]>('raters') },
      { keep: one.param('list_value') },
    );
    expect(kept.length).toBe(one.param('keep'));
    expect(Array.from(kept)).toEqual(one.output('kept'));
    expect(relativeSpread(scores, one.floats('score'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  rank(one) {
    const { kept, scores, rank, pruned } = sparsevlmRank(
      { attention: one.attention('attn_tv'), raters: one.param<number[]>('raters') },
      {
        variant: one.param<'v1' | 'video'>('variant'),
        scale: one.param('scale'),
        bias: one.param('bias'),
      },
    );
    expect(rank).toBe(one.output('rank'));
    expect(pruned).toBe(one.output('pruned'));
    expect(Array.from(kept)).toEqual(one.output('kept'));
    expect(relativeSpread(scores, one.floats('score'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  recycle(one) {
    const { data, width } = one.matrix('hidden');
    const start = one.param('sys_len') * width;
    const end = start + one.param('N') * width;
    const hidden = { data: data.subarray(start, end), width };
    const { map, recycled, clusters } = sparsevlmRecycle(
      { hidden, scores: one.input('score').data },
      {
        kept: Int32Array.from(one.param<number[]>('kept')),
        ...(one.hasInput('noise') ? { noise: one.input('noise').data } : {}),
      },
    );
    expect(Array.from(recycled)).toEqual(one.output('recycled_tokens'));
    expect(clusters).toBe(one.output('clusters'));
    expect(map.outputRows).toBe(one.output('new_visual'));
    const rows = mapRows(hidden.data, width, map);
    const out = [...data.subarray(0, start), ...rows, ...data.subarray(end)];
    expect(out.length / width).toBe(one.output('new_n'));
    expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  v2(one) {
    const { data, heads, rows } = one.attention('attn');
    const start = one.param('sys_len');
    const end = start + one.param('N');
    const positions = one.param<number[]>('position_ids');
    const raters = one.param<number[]>('raters');
    const cut: number[] = [];
    for (let head = 0; head < heads; head++) {
      for (let row = end; row < rows; row++) {
        const first = (head * rows + row) * rows;
        cut.push(...data.subarray(first + start, first + end));
      }
    }
    const headSize = one.param('head_dim');
    const rotaryBase = one.param('rope_base');
    const result = sparsevlmV2(
      {
        attention: { data: Float32Array.from(cut), heads, rows: rows - end },
        raters,
        textPositions: positions.slice(end),
        visualPositions: positions.slice(start, end),
      },
      { keep: one.param('keep'), headSize, rotaryBase, heads: one.param('heads_used') },
    );
    expect(Array.from(result.heads)).toEqual(one.output('heads'));
    expect(Array.from(result.kept)).toEqual(one.output('kept'));
    expect(relativeSpread(result.scores, one.floats('score'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
    const query = positions[end + raters[0]!]!;
    const bias = positions.map((position) => rotaryBias(query - position, headSize, rotaryBase));
    expect(relativeSpread(bias, one.floats('rope_bias_row0'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
    const survivors = [
      ...positions.slice(0, start),
      ...Array.from(result.kept, (token) => positions[start + token]),
      ...positions.slice(end),
    ];
    expect(survivors).toEqual(one.output('position_ids'));
  },
};

describeCases(methodGoldens('sparsevlm'), (one) => parts[one.param<string>('part')]!(one));

describe('sparsevlmRaters', () => {
  it('finds at least one rater whose weight is no less than any other', () => {
    fc.assert(
      fc.property(anySignal, anyTokens, fc.integer({ min: 1, max: 12 }), (signal, visual, text) => {
        const { raters, weights } = pure(
          [rowsOf(signal, visual, 4), rowsOf({ ...signal, seed: signal.seed + 1 }, text, 4)],
          (a, b) => sparsevlmRaters({ visual: { data: a, width: 4 }, text: { data: b, width: 4 } }),
        );
        expectAscending(raters, raters.length, text);
        const best = weights.indexOf(Math.max(...weights));
        expect(raters).toContain(best);
        expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-5);
      }),
      RUNS,
    );
  });

  it('refuses values that are not finite, and prompts without text', () => {
    const run = (visual: Float32Array, text: Float32Array) =>
      sparsevlmRaters({ visual: { data: visual, width: 2 }, text: { data: text, width: 2 } });
    expectRefusesNonFinite([new Float32Array(4), new Float32Array(4)], run);
    expect(() => run(new Float32Array(4), new Float32Array(0))).toThrow(/1? and 0/);
  });
});

describe('sparsevlm', () => {
  it('always drops a token, by list, by rank and in version 2', () => {
    fc.assert(
      fc.property(
        anySignal,
        anyTokens,
        fc.integer({ min: 1, max: 6 }),
        anyShare,
        (signal, visual, text, share) => {
          const keep = Math.round(share * visual);
          const raters = Array.from({ length: text }, (_, row) => row).filter(
            (row) => row % 2 === 0,
          );
          const data = attentionOf(signal, 2 * text, visual);
          const signals = (one: Float32Array) => ({
            attention: { data: one, heads: 2, rows: text },
            raters,
          });
          const listed = pure([data], (one) => sparsevlm(signals(one), { keep }));
          expectAscending(listed.kept, Math.min(keep, visual - 1), visual);

          const ranked = pure([data], (one) => sparsevlmRank(signals(one)));
          expect(ranked.rank).toBeLessThanOrEqual(Math.min(raters.length, visual));
          const byRank = Math.min(Math.trunc(13.5 * ranked.rank), visual - 1);
          expectAscending(ranked.kept, ranked.pruned ? byRank : visual, visual);
          const video = sparsevlmRank(signals(data), { variant: 'video' });
          expectAscending(video.kept, ranked.rank, visual);

          const second = pure([data], (one) =>
            sparsevlmV2(
              {
                ...signals(one),
                textPositions: Array.from({ length: text }, (_, row) => visual + row),
                visualPositions: Array.from({ length: visual }, (_, row) => row),
              },
              { keep, headSize: 8, heads: 1 },
            ),
          );
          expectAscending(second.kept, Math.min(keep, visual - 1), visual);
          expect(second.heads.length).toBe(1);
        },
      ),
      RUNS,
    );
  });

  it('refuses attention that is not finite, no rater and a rater outside the text', () => {
    const run = (data: Float32Array, raters: number[]) =>
      sparsevlm({ attention: { data, heads: 1, rows: 2 }, raters }, { keep: 1 });
    expectRefusesNonFinite([new Float32Array(6)], (data) => run(data, [0]));
    expect(() => run(new Float32Array(6), [])).toThrow(/raters/);
    expect(() => run(new Float32Array(6), [2])).toThrow(/\[0, 1\] for raters/);
  });
});

describe('sparsevlmRecycle', () => {
  it('puts kept tokens first and as many merged ones as the rule says', () => {
    fc.assert(
      fc.property(anySignal, anyTokens, anyShare, (signal, visual, share) => {
        const keep = Math.min(visual, Math.round(share * visual));
        const kept = Int32Array.from({ length: keep }, (_, token) => token);
        const { map, recycled, clusters } = pure(
          [rowsOf(signal, visual, 3), rowsOf({ ...signal, seed: signal.seed + 1 }, visual, 1)],
          (hidden, scores) =>
            sparsevlmRecycle({ hidden: { data: hidden, width: 3 }, scores }, { kept }),
        );
        expect(map.outputRows).toBe(keep + clusters);
        expect(Array.from(map.anchors.subarray(0, keep))).toEqual(Array.from(kept));
        expectDistinct(recycled, recycled.length, visual);
        expect(recycled.every((token) => token >= keep)).toBe(true);
        expect(clusters > 0).toBe(keep < visual);
      }),
      RUNS,
    );
  });
});
