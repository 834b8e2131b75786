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

describeVectors(
  'ChartQA scores a log of lmms-eval as the log says',
  ({ benchmark, case: name }) => benchmark === 'chartqa' && name === 'real_onevision_vlcache_5',
  async ({ folder, lines }) => {
    const log = `${folder}/lmms_eval_samples.jsonl.gz`;
    const { definitions } = await scoreBenchmark(findBenchmark('chartqa'), {
      predictions: log,
      data: log,
    });
    const recorded = lines<{ relaxed_overall: number }>('lmms_eval_samples.jsonl');
    expect(Array.from(definitions[0]!.items, ({ score }) => score)).toEqual(
      recorded.map((one) => one.relaxed_overall),
    );
  },
);
