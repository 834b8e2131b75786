import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { differences } from '../../../test/expect-metrics.js';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'POPE by the rules of other tools',
  ({ benchmark }) => benchmark === 'pope',
  async ({ folder, expected }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('pope'), {
      predictions: folder,
      data: folder,
    });
    const alternatives = expected.alternative_scorers as Record<string, Record<string, unknown>>;
    for (const { definition, metrics } of definitions.slice(1)) {
      const wanted = Object.fromEntries(
        Object.entries(alternatives).map(([split, byTool]) => [split, byTool[definition.name]]),
      );
      expect(differences(metrics, { per_category: wanted })).toEqual([]);
    }
  },
);
