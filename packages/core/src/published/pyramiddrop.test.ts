import { describeCases } from '@autoprune/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { projectHeads } from '../select/project-heads.js';
import type { HeadRows } from '../select/tensors.js';
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
import { pyramiddrop, pyramiddropCounts, pyramiddropQueryIndex } from './pyramiddrop.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describeCases(methodGoldens('pyramiddrop'), (one) => {
  const stage = one.param('stage');
  const counts = pyramiddropCounts(one.param('N0'), one.param<number[]>('ratios'));
  const visual = counts[stage]!;
  const keep = counts[stage + 1]!;
  expect(visual).toBe(one.param('current_visual'));
  expect(keep).toBe(one.param('keep'));
  const queryIndex = pyramiddropQueryIndex(one.param('prompt_text_len'), visual);
  expect(queryIndex).toBe(one.output('query_index'));

  const { data, width } = one.matrix('hidden');
  const rows = data.length / width;
  const headSize = one.param('head_dim');
  const rotaryBase = one.param('rope_base');
  const project = (weight: string, from: number, to: number): HeadRows =>
    projectHeads({ data: data.subarray(from * width, to * width), width }, upTo(to).slice(from), {
      weight: one.matrix(weight),
      headSize,
      rotaryBase,
    });
  const starts = [
    { query: project('wq', queryIndex, queryIndex + 1), keys: project('wk', 0, rows) },
  ];
  if (one.hasInput('q_last')) {
    const query = {
      data: one.input('q_last').data,
      heads: one.param('heads'),
      width: headSize,
    };
    starts.push({ query, keys: one.heads('k') });
  }
  for (const signals of starts) {
    const start = one.param('image_index');
    const { kept, scores } = pyramiddrop(signals, { start, visual, keep, queryIndex });
    expect(Array.from(kept)).toEqual(one.output('kept'));
    expect(relativeSpread(scores, one.floats('score'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
    const after = rows - visual + kept.length;
    expect(after).toBe(one.output('n_after'));
    expect(upTo(after)).toEqual(one.output('position_ids'));
  }
});

it('keeps tokens in order, and reads no key after the query', () => {
  fc.assert(
    fc.property(anySignal, anyTokens, anyShare, fc.nat(3), (signal, visual, share, after) => {
      const keep = Math.round(share * visual);
      const rows = 2 + visual + 1 + after;
      const query = rowsOf({ ...signal, seed: signal.seed + 1 }, 4, 2);
      const keys = rowsOf(signal, 2 * rows, 2);
      const queryIndex = 2 + visual;
      const run = (a: Float32Array, b: Float32Array) =>
        pyramiddrop(
          { query: { data: a, heads: 4, width: 2 }, keys: { data: b, heads: 2, width: 2 } },
          { start: 2, visual, keep, queryIndex },
        );
      const result = pure([query, keys], run);
      expectAscending(result.kept, Math.min(keep, visual), visual);
      expect(result.order.slice().sort()).toEqual(result.kept);
      const changed = keys.map((value, slot) =>
        Math.floor(slot / 2) % rows > queryIndex ? value + 1 : value,
      );
      expect(run(query, changed)).toEqual(result);
    }),
    RUNS,
  );
});

it('refuses values that are not finite', () => {
  expectRefusesNonFinite([new Float32Array(2), new Float32Array(8)], (query, keys) =>
    pyramiddrop(
      { query: { data: query, heads: 1, width: 2 }, keys: { data: keys, heads: 1, width: 2 } },
      { start: 1, visual: 2, keep: 1 },
    ),
  );
});
