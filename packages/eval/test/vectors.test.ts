import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { benchmarks, findBenchmark, scoreBenchmark } from '../src/index.js';
import { differences, metricsLike } from './expect-metrics.js';

/** Tables of strings, not of answers; their own tests read them. */
const NOT_SCORED = ['normaliser_table', 'real_llava15_13b_upload'];

describeVectors(
  'scores equal the official script',
  ({ benchmark, case: name }) =>
    benchmarks.some(({ id }) => id === benchmark) && !NOT_SCORED.includes(name),
  async ({ benchmark, folder, expected }) => {
    const { definitions } = await scoreBenchmark(findBenchmark(benchmark), {
      predictions: folder,
      data: folder,
    });
    const metrics = metricsLike(expected.metrics, definitions);
    expect(differences(metrics, expected.metrics)).toEqual([]);
  },
);
