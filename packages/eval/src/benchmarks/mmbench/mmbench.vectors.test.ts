import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { openInput } from '../../files/input.js';
import { scoreBenchmark } from '../../score.js';
import { mmbench } from './mmbench.js';
import { circularHits } from './score-vlmevalkit.js';

describeVectors(
  'MMBench infers each option and each question as VLMEvalKit, and lmms-eval agrees with itself',
  ({ benchmark }) => benchmark === 'mmbench',
  async ({ folder, json, expected }) => {
    const { definitions } = await scoreBenchmark(mmbench, { predictions: folder, data: folder });
    const items = Array.from(definitions[0]!.items);
    expect(Object.fromEntries(items.map(({ id, parsed }) => [id, parsed]))).toEqual(
      json('expected_inferred_option.json'),
    );
    expect(Object.fromEntries(items.map(({ id, score }) => [id, score]))).toEqual(
      json('expected_vanilla_hits.json'),
    );
    const input = await openInput(folder);
    const data = await mmbench.read(input);
    const hits = circularHits(data, await mmbench.readAnswers(input, data));
    expect(Object.fromEntries([...hits].map(([id, hit]) => [id, Number(hit)]))).toEqual(
      json('expected_circular_hits.json'),
    );
    const [lmmsEval] = Object.values(expected.alternative_scorers as Record<string, number>);
    expect(definitions[1]!.metrics).toEqual({ overall_acc: lmmsEval });
  },
);

describeVectors(
  'MMBench scores the workbook that was handed in',
  ({ benchmark, case: name }) => benchmark === 'mmbench' && name === 'real_llava15_13b',
  async ({ folder, expected }) => {
    const score = await scoreBenchmark(mmbench, {
      predictions: `${folder}/submission.xlsx`,
      data: folder,
      definition: 'vlmevalkit_exact_matching',
    });
    const { circular_overall } = expected.metrics as Readonly<Record<string, number>>;
    expect(score.definitions[0]!.metrics).toMatchObject({ circular_overall });
  },
);
