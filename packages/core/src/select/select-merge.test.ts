import { describeGoldens, spread } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import { decideOnce, promptContext } from '../../test/run-method.js';
import { ruleRowMap } from '../decision.js';
import { referenceKernels } from '../kernels.js';
import { createAutoprune } from '../methods/autoprune.js';
import { mutualInformation } from '../schedule/complexity.js';
import { mergedCount, mergePoolSize } from '../schedule/merge-counts.js';
import { referenceKeepCount } from '../schedule/reference-schedule.js';
import { densityPeaks } from './density-peaks.js';
import { meanAttention } from './mean-attention.js';
import { mapRows } from './row-map.js';
import { rankTokens, selectTopTokens } from './top-tokens.js';

interface FirstCut {
  id: string;
  name: string;
  heads: number;
  textTokens: number;
  visualTokens: number;
  target: number;
  keep: number;
  mi0: number;
  kept: number[];
  margin: number | null;
}

interface LayerSelect {
  id: string;
  name: string;
  heads: number;
  textTokens: number;
  visualTokens: number;
  cappedTokens: number;
  keepPercent: number;
  keep: number;
  kept: number[];
  dropped: number;
  mergePool: number[];
  clusters: number;
  margin: number | null;
}

interface Merge {
  id: string;
  name: string;
  tokens: number;
  channels: number;
  clusters: number;
  centres: number[];
  assignment: number[];
  centreMargin: number | null;
  zeroNoise: { centres: number[]; assignment: number[]; densityTies: number };
}

const FILES = ['autoprune/select_merge.json', 'autoprune/select_merge.safetensors'];

/** Where scores tie at the cut, any resolution is right; ours is stated and tested elsewhere. */
const decisive = (margin: number | null) => margin === null || margin > 0;

describeGoldens('autoprune/select_merge: first cut', FILES, (set) => {
  const cases = set.json<{ firstCut: FirstCut[] }>(FILES[0]!).firstCut;
  const tensors = set.tensors(FILES[1]!);
  set.each(
    cases,
    ({ id, name }) => `${id} ${name}`,
    ({ id, heads, textTokens, visualTokens, target, keep, mi0, kept, margin }) => {
      const attention = tensors.get(`${id}.text_attn`)!.data;
      const saliency = tensors.get(`${id}.cls_attn`)!.data;
      const information = mutualInformation(attention, heads, textTokens);
      const total = information.reduce((sum, value) => sum + value, 0);
      expect(Math.abs(total / textTokens - mi0)).toBeLessThanOrEqual(1e-5);
      const result = decideOnce(
        createAutoprune(),
        { targetTokens: target },
        promptContext(visualTokens, { textTokens }),
        { kind: 'layer', layer: 0 },
        new Map([
          ['attention:0:text:mean', meanAttention(attention, heads, textTokens)],
          ['mutual-information:0:text', Float32Array.from(information)],
          ['saliency', saliency],
        ]),
      );
      expect(spread(result.scores!, tensors.get(`${id}.score`)!.data)).toBeLessThanOrEqual(1e-6);
      expect(result.kept.length).toBe(keep);
      if (decisive(margin)) expect(result.kept).toEqual(kept);
    },
  );
});

describeGoldens('autoprune/select_merge: layer selection', FILES, (set) => {
  const cases = set.json<{ layerSelect: LayerSelect[] }>(FILES[0]!).layerSelect;
  const tensors = set.tensors(FILES[1]!);
  set.each(
    cases,
    ({ id, name }) => `${id} ${name}`,
    (one) => {
      const attention = tensors.get(`${one.id}.text_attn`)!.data;
      const scores = meanAttention(attention, one.heads, one.textTokens);
      expect(spread(scores, tensors.get(`${one.id}.score`)!.data)).toBeLessThanOrEqual(1e-6);
      const keep = referenceKeepCount(one.cappedTokens, one.keepPercent, one.visualTokens);
      expect(keep).toBe(one.keep);
      const dropped = one.visualTokens - keep;
      expect(dropped).toBe(one.dropped);
      expect(mergedCount(dropped, { share: 0.3, divisor: 10 })).toBe(one.clusters);
      const pool = dropped === 0 ? 0 : mergePoolSize(dropped, { share: 0.3, divisor: 10 });
      expect(pool).toBe(one.mergePool.length);
      if (decisive(one.margin)) {
        expect(Array.from(selectTopTokens(scores, keep))).toEqual(one.kept);
        expect(Array.from(rankTokens(scores, keep + pool)).slice(keep)).toEqual(one.mergePool);
      }
    },
  );
});

/** Groups of tokens, without the order of the groups. */
const partition = (assignment: ArrayLike<number>): string[] => {
  const groups = new Map<number, number[]>();
  Array.from(assignment).forEach((cluster, token) => {
    groups.set(cluster, [...(groups.get(cluster) ?? []), token]);
  });
  return [...groups.values()].map((group) => group.join(',')).sort();
};

describeGoldens('autoprune/select_merge: merge', FILES, (set) => {
  const cases = set.json<{ merge: Merge[] }>(FILES[0]!).merge;
  const tensors = set.tensors(FILES[1]!);
  set.each(
    cases,
    ({ id, name }) => `${id} ${name}`,
    ({ id, tokens, channels, clusters, centres, assignment, centreMargin, zeroNoise }) => {
      const input = tensors.get(`${id}.input`)!.data;
      const noise = tensors.get(`${id}.noise`)!.data;
      const seeded = densityPeaks(input, channels, clusters, noise);
      if (decisive(centreMargin)) {
        expect(Array.from(seeded.centres)).toEqual(centres);
        expect(Array.from(seeded.assignment)).toEqual(assignment);
      }
      for (const part of ['density', 'delta', 'score'] as const) {
        expect(spread(seeded[part], tensors.get(`${id}.${part}`)!.data)).toBeLessThanOrEqual(2e-6);
      }
      const pool = { hidden: input, width: channels };
      const merge = (given?: Float32Array) =>
        mapRows(
          input,
          channels,
          ruleRowMap(
            {
              kind: 'rule',
              score: [],
              keep: 0,
              order: 'spatial',
              merge: {
                kind: 'density-peaks',
                pool: tokens,
                clusters,
                ...(given ? { noise: given } : {}),
              },
            },
            {
              kept: new Int32Array(0),
              pool: Int32Array.from({ length: tokens }, (_, index) => index),
            },
            tokens,
            referenceKernels,
            pool,
          ),
        );
      expect(spread(merge(noise), tensors.get(`${id}.merged`)!.data)).toBeLessThanOrEqual(1e-5);

      const plain = densityPeaks(input, channels, clusters);
      if (zeroNoise.densityTies === 0) {
        expect(Array.from(plain.centres)).toEqual(zeroNoise.centres);
        expect(Array.from(plain.assignment)).toEqual(zeroNoise.assignment);
        const expected = tensors.get(`${id}.merged_zero_noise`)!.data;
        expect(spread(merge(), expected)).toBeLessThanOrEqual(1e-5);
      } else if (clusters === 1) {
        expect(partition(plain.assignment)).toEqual(partition(zeroNoise.assignment));
      }
    },
  );
});

describe('ties', () => {
  it('keep the earlier token', () => {
    expect(Array.from(selectTopTokens(Float32Array.of(1, 2, 2, 2, 0), 2))).toEqual([1, 2]);
    expect(Array.from(rankTokens(Float32Array.of(1, 2, 2, 2, 0), 4))).toEqual([1, 2, 3, 0]);
  });

  it('give two mutually nearest densest tokens to the lower index as centre', () => {
    // Tokens 1 and 2 are each other's nearest; with two clusters their densities are equal to the bit.
    const tokens = Float32Array.of(9, 1, 1.1, 5);
    const { centres, density } = densityPeaks(tokens, 1, 2);
    expect(density[1]).toBe(density[2]);
    expect(Array.from(centres)).toEqual([1, 2]);
  });
});

it('refuses scores that are not numbers, naming the token', () => {
  expect(() => selectTopTokens(Float32Array.of(1, Number.NaN), 1)).toThrow(/scores\[1\] is NaN/);
});

it('gives the same result for a view into a larger buffer', () => {
  const buffer = Float32Array.of(9, 9, 3, 1, 2, 9);
  expect(selectTopTokens(buffer.subarray(2, 5), 2)).toEqual(Int32Array.of(0, 2));
});
