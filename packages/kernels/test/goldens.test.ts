import { describeGoldens, spread } from '@autoprune/testing';
import { expect } from 'vitest';
import { describeNative } from './describe-native.js';

interface InformationCase {
  readonly id: string;
  readonly heads: number;
  readonly textTokens: number;
  readonly fp32: { readonly perHead: number[]; readonly perHeadFloat64: number[] };
}

interface SelectionCase {
  readonly id: string;
  readonly heads: number;
  readonly textTokens: number;
  readonly keep: number;
  readonly kept: number[];
  readonly mergePool: number[];
  readonly margin: number | null;
}

interface MergeCase {
  readonly id: string;
  readonly channels: number;
  readonly clusters: number;
  readonly centres: number[];
  readonly assignment: number[];
  readonly centreMargin: number | null;
}

const INFORMATION = ['autoprune/mi.json', 'autoprune/mi.safetensors'];
const SELECTION = ['autoprune/select_merge.json', 'autoprune/select_merge.safetensors'];

/** Where scores tie at the cut, any resolution is right; ours is tested beside the reference. */
const decisive = (margin: number | null) => margin === null || margin > 0;

describeNative('goldens', (kernels, path) => {
  describeGoldens(`autoprune/mi, native ${path}`, INFORMATION, (set) => {
    const { cases } = set.json<{ cases: InformationCase[] }>(INFORMATION[0]!);
    const tensors = set.tensors(INFORMATION[1]!);
    set.each(
      cases,
      ({ id }) => id,
      ({ id, heads, textTokens, fp32 }) => {
        const attention = tensors.get(`${id}.attn`)!.data;
        const perHead = kernels.mutualInformation(attention, heads, textTokens);
        expect(spread(perHead, fp32.perHead)).toBeLessThanOrEqual(2e-6);
        expect(spread(perHead, fp32.perHeadFloat64)).toBeLessThanOrEqual(1e-9);
      },
    );
  });

  describeGoldens(`autoprune/select_merge: selection, native ${path}`, SELECTION, (set) => {
    const cases = set.json<{ layerSelect: SelectionCase[] }>(SELECTION[0]!).layerSelect;
    const tensors = set.tensors(SELECTION[1]!);
    set.each(
      cases,
      ({ id }) => id,
      ({ id, heads, textTokens, keep, kept, mergePool, margin }) => {
        const attention = tensors.get(`${id}.text_attn`)!.data;
        const scores = kernels.meanAttention(attention, heads, textTokens);
        expect(spread(scores, tensors.get(`${id}.score`)!.data)).toBeLessThanOrEqual(1e-6);
        if (!decisive(margin)) return;
        expect(Array.from(kernels.selectTopTokens(scores, keep))).toEqual(kept);
        const ranked = kernels.rankTokens(scores, keep + mergePool.length);
        expect(Array.from(ranked.subarray(keep))).toEqual(mergePool);
      },
    );
  });

  describeGoldens(`autoprune/select_merge: merge, native ${path}`, SELECTION, (set) => {
    const cases = set.json<{ merge: MergeCase[] }>(SELECTION[0]!).merge;
    const tensors = set.tensors(SELECTION[1]!);
    set.each(
      cases,
      ({ id }) => id,
      ({ id, channels, clusters, centres, assignment, centreMargin }) => {
        const input = tensors.get(`${id}.input`)!.data;
        const noise = tensors.get(`${id}.noise`)!.data;
        const peaks = kernels.densityPeaks(input, channels, clusters, noise);
        for (const part of ['density', 'delta', 'score'] as const) {
          expect(spread(peaks[part], tensors.get(`${id}.${part}`)!.data)).toBeLessThanOrEqual(2e-6);
        }
        if (!decisive(centreMargin)) return;
        expect(Array.from(peaks.centres)).toEqual(centres);
        expect(Array.from(peaks.assignment)).toEqual(assignment);
      },
    );
  });
});
