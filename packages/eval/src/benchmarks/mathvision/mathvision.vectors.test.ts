import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

interface Prediction {
  readonly id: string;
  readonly model_answer: string;
  readonly correct: boolean;
}

describeVectors(
  'MATH-Vision extracts and compares as its script',
  ({ benchmark }) => benchmark === 'mathvision',
  async ({ folder, json, lines, expected }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('mathvision'), {
      predictions: folder,
      data: folder,
    });
    const found = Array.from(definitions[0]!.items, ({ id, parsed, score }) => ({
      id,
      model_answer: parsed ?? '',
      correct: score === 1,
    }));
    const predictions = lines<Prediction>('predictions.jsonl');
    expect(found).toEqual(
      predictions.map(({ id, model_answer, correct }) => ({ id, model_answer, correct })),
    );
    expect(definitions[0]!.metrics).toMatchObject({
      result: json('recorded_result.json'),
      ids_that_need_latex2sympy: expected.ids_that_need_latex2sympy,
    });
  },
);
