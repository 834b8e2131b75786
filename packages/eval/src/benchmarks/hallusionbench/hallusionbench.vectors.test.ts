import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'HallusionBench answers are read as by VLMEvalKit',
  ({ benchmark }) => benchmark === 'hallusionbench',
  async ({ folder, json }) => {
    const { definitions, counts } = await scoreBenchmark(findBenchmark('hallusionbench'), {
      predictions: folder,
      data: folder,
    });
    const extracted = Array.from(definitions[0]!.items, ({ parsed }) => parsed ?? 'Unknown');
    const expected = json<string[]>('expected_extracted.json');
    expect(extracted).toEqual(expected);
    expect(counts.unparsed).toBe(expected.filter((one) => one === 'Unknown').length);
  },
);
