import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { openInput } from '../../files/input.js';
import { scoreBenchmark } from '../../score.js';
import { readGqaAnswers } from './data.js';
import { gqa } from './gqa.js';

describeVectors(
  'GQA prints and converts as the scripts',
  ({ benchmark }) => benchmark === 'gqa',
  async ({ folder, text, json }) => {
    const { definitions } = await scoreBenchmark(gqa, { predictions: folder, data: folder });
    expect(definitions[0]!.printed).toBe(text('expected_stdout.txt'));
    const answers = await readGqaAnswers(await openInput(folder));
    expect(answers.map(({ id, prediction }) => ({ questionId: id, prediction }))).toEqual(
      json('expected_testdev_balanced_predictions.json'),
    );
  },
);
