import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

interface Tally {
  readonly accuracy: number | string;
  readonly correct: number;
  readonly total: number;
}

describeVectors(
  'MathVista problem by problem, with every breakdown',
  ({ benchmark }) => benchmark === 'mathvista',
  async ({ folder, json }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('mathvista'), {
      predictions: folder,
      data: folder,
    });
    const problems = Array.from(definitions[0]!.items, ({ id, parsed, score }) => [
      id,
      { prediction: parsed, true_false: score === 1 },
    ]);
    expect(Object.fromEntries(problems)).toEqual(json('expected_per_problem.json'));
    const metrics = definitions[0]!.metrics as unknown as Record<string, Record<string, Tally>>;
    const { average, ...recorded } =
      json<Record<string, Record<string, Tally>>>('recorded_scores.json');
    expect(average).toMatchObject({ correct: metrics.correct, total: metrics.total });
    for (const [column, groups] of Object.entries(recorded)) {
      for (const [name, { correct, total }] of Object.entries(groups)) {
        expect(metrics[column]?.[name], `${column} ${name}`).toMatchObject({ correct, total });
      }
    }
  },
);
