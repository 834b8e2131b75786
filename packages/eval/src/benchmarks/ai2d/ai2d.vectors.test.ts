import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'AI2D question by question, by every tool',
  ({ benchmark }) => benchmark === 'ai2d',
  async ({ folder, json }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('ai2d'), {
      predictions: folder,
      data: folder,
    });
    const expected = json<Record<string, number[]>>('expected_per_question.json');
    const named = definitions.map(({ definition, items }) => [
      definition.name,
      Array.from(items, ({ score }) => score),
    ]);
    expect(Object.fromEntries(named)).toEqual(expected);
  },
);
