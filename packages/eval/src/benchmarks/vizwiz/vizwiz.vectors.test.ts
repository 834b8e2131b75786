import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { openInput } from '../../files/input.js';
import { vizwiz } from './vizwiz.js';

describeVectors(
  'VizWiz writes the upload file of LLaVA',
  ({ benchmark }) => benchmark === 'vizwiz',
  async ({ folder, json, expected }) => {
    const input = await openInput(folder);
    const data = await vizwiz.read(input);
    const answers = await vizwiz.readAnswers(input, data);
    const [file] = vizwiz.upload!(data, answers);
    expect(JSON.parse(String(file!.content))).toEqual(json('expected_upload.json'));
    expect(vizwiz.score('llava_upload', data, answers).metrics).toEqual({
      rows: (expected.metrics as { rows: number }).rows,
    });
  },
);
