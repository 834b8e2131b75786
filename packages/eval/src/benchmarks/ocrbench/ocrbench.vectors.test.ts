import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'OCRBench question by question, and what its script prints',
  ({ benchmark }) => benchmark === 'ocrbench',
  async ({ folder, expected, json, text }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('ocrbench'), {
      predictions: folder,
      data: folder,
    });
    const [official, lmmsEval] = definitions;
    const flags = json<number[]>('expected_result_flags.json');
    expect(Array.from(official!.items, ({ score }) => score)).toEqual(flags);
    expect(official!.printed).toBe(text('expected_stdout.txt'));
    const [correct] = Object.values(expected.alternative_scorers as Record<string, number>);
    expect(lmmsEval!.metrics).toMatchObject({ correct });
  },
);
