import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'LLaVA-Bench prints as LLaVA',
  ({ benchmark }) => benchmark === 'llavabench',
  async ({ folder, text }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('llavabench'), {
      predictions: folder,
      data: folder,
    });
    const expected = [1, 2, 3].map((run) => text(`expected_stdout_${run}.txt`)).join('');
    expect(definitions[0]!.printed).toBe(expected);
  },
);
