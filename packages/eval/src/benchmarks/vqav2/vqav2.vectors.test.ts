import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { differences } from '../../../test/expect-metrics.js';
import { openInput } from '../../files/input.js';
import { scoreBenchmark } from '../../score.js';
import { vqav2 } from './vqav2.js';

const COLUMNS: Readonly<Record<string, readonly [column: string, scale: number]>> = {
  official_HEAD: ['vqa_official', 100],
  official_before_a013f00: ['vqa_official_pre_a013f00', 100],
  official_HEAD_on_llava_upload: ['after_llava_upload', 100],
  m4c_TextVQAAccuracyEvaluator_mean_percent: ['m4c_score', 1],
};

const isScored = ({ benchmark, case: name }: { benchmark: string; case: string }): boolean =>
  benchmark === 'vqav2' && name !== 'normaliser_table';

describeVectors('VQAv2 scores each question as the script', isScored, async (one) => {
  const expected = one.lines<Record<string, number>>('expected_per_question.jsonl');
  const { definitions } = await scoreBenchmark(vqav2, {
    predictions: one.folder,
    data: one.folder,
  });
  const verified = definitions.filter(({ definition }) => definition.verified);
  for (const { definition, items } of verified) {
    const [column, scale] = COLUMNS[definition.name]!;
    const actual = Object.fromEntries(Array.from(items, ({ id, score }) => [id, score * scale]));
    const wanted = Object.fromEntries(expected.map((row) => [row.question_id, row[column]]));
    expect(differences(actual, wanted)).toEqual([]);
  }
});

describeVectors('VQAv2 writes the upload file of LLaVA', isScored, async (one) => {
  const input = await openInput(one.folder);
  const data = await vqav2.read(input);
  const [file] = vqav2.upload!(data, await vqav2.readAnswers(input, data));
  expect(file!.content).toBe(one.text('expected_upload.json').trimEnd());
});
