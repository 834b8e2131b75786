import { describeVectors } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import { benchmarks, findBenchmark, scoreBenchmark } from '../index.js';
import { compareWithPublished, publishedScores, publishedTables } from './published.js';

describe('published scores', () => {
  it('has a score for every column of every row', () => {
    for (const { columns, rows } of publishedTables) {
      for (const { scores } of rows) expect(scores).toHaveLength(columns.length);
    }
  });

  it('names benchmarks and definitions that exist', () => {
    for (const { benchmark, definition } of publishedScores) {
      const known = benchmarks.find(({ id }) => id === benchmark);
      expect(known?.definitions.map(({ name }) => name)).toContain(definition);
    }
  });

  it('has the printed ratios of the tables that are consistent', () => {
    const [, unprunedThirteen] = publishedTables.filter(({ model }) => model === 'LLaVA-1.5-13B');
    const [full, ...pruned] = unprunedThirteen!.rows;
    for (const { scores, ratio } of pruned) {
      const shares = scores.map((score, place) => score / full!.scores[place]!);
      const mean = (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
      expect(Math.abs(mean - ratio!)).toBeLessThan(0.06);
    }
  });

  it('marks cells that contradict their table', () => {
    const suspect = publishedScores.filter((one) => one.suspect !== undefined);
    expect(
      suspect.map(({ method, column, averageTokens }) => [method, column, averageTokens]),
    ).toEqual(
      expect.arrayContaining([
        ['sparsevlm', 'textvqa', 192],
        ['autoprune', 'sqa_total', 128],
      ]),
    );
  });

  it('tells a baseline that is off from one that is not', () => {
    const definition = { ...findBenchmark('gqa').definitions[0] };
    const score = (accuracy: number) => ({
      benchmark: 'gqa',
      definitions: [{ definition, metrics: { accuracy }, denominator: 1, items: [] }],
    });
    const verdicts = (accuracy: number) =>
      compareWithPublished(score(accuracy), { model: 'llava-1.5-7b' }).map(
        ({ withinTolerance }) => withinTolerance,
      );
    expect(new Set(verdicts(61.95))).toEqual(new Set([true]));
    expect(new Set(verdicts(58))).toEqual(new Set([false]));
    expect(compareWithPublished(score(61.95), { model: 'unknown' })).toEqual([]);
  });
});

/** Cases whose data is the whole official set, so that the published number must come out. */
const WHOLE = ['mme', 'pope', 'scienceqa', 'mmbench', 'mmvet', 'llavabench'];

describeVectors(
  'LLaVA-1.5-13B scores as published',
  ({ benchmark, case: name }) => WHOLE.includes(benchmark) && name.startsWith('real_llava15_13b'),
  async ({ benchmark, folder }) => {
    const score = await scoreBenchmark(findBenchmark(benchmark), {
      predictions: folder,
      data: folder,
    });
    const comparisons = compareWithPublished(score, { model: 'LLaVA-1.5-13B' });
    const rows = comparisons.map(({ published, measured, withinTolerance }) => ({
      column: published.column,
      measured,
      withinTolerance,
    }));
    if (benchmark !== 'llavabench') expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ withinTolerance }) => !withinTolerance)).toEqual([]);
  },
);
