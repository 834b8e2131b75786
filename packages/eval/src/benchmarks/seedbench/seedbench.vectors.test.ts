import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { openInput } from '../../files/input.js';
import { seedbench } from './seedbench.js';

describeVectors(
  'SEED-Bench writes the upload file of LLaVA',
  ({ benchmark }) => benchmark === 'seedbench',
  async ({ folder, text }) => {
    const input = await openInput(folder);
    const data = await seedbench.read(input);
    const answers = await seedbench.readAnswers(input, data);
    const [file] = seedbench.upload!(data, answers);
    expect(file!.content).toBe(text('expected_upload.jsonl'));
  },
);
