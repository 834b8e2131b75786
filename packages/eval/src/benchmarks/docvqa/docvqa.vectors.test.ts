import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'DocVQA question by question, by every ANLS',
  ({ benchmark }) => benchmark === 'docvqa',
  async ({ folder, expected, json }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('docvqa'), {
      predictions: folder,
      data: folder,
    });
    const scores = definitions.map(({ items }) => Array.from(items, ({ score }) => score));
    expect(scores[0]).toEqual(json('expected_anls.json'));
    expect(scores[1]).toEqual(json('expected_anls.json'));
    expect(scores[2]).toEqual(json('expected_stvqa_anls_llava.json'));
    const [vlmEvalKit, stvqa, undefinedRows] = Object.values(
      expected.alternative_scorers as Record<string, number>,
    );
    expect(definitions[1]!.metrics).toMatchObject({ anls_mean: vlmEvalKit });
    expect(definitions[2]!.metrics).toMatchObject({ undefined_rows: undefinedRows });
    expect((definitions[2]!.metrics as { stvqa_anls: number }).stvqa_anls).toBeCloseTo(stvqa!, 12);
  },
);
