import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'ChartQA question by question',
  ({ benchmark }) => benchmark === 'chartqa',
  async ({ folder, expected, json }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('chartqa'), {
      predictions: folder,
      data: folder,
    });
    const [lmmsEval, vlmEvalKit] = definitions;
    expect(Array.from(lmmsEval!.items, ({ score }) => score)).toEqual(
      json('expected_per_question.json'),
    );
    const [alternative] = Object.values(expected.alternative_scorers as Record<string, number>);
    expect(vlmEvalKit!.metrics).toMatchObject({ relaxed_overall: alternative });
  },
);
