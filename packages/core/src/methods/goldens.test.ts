import { describeGoldens, type StoredTensor, spread } from '@autoprune/testing';
import { expect } from 'vitest';
import { decideOnce, promptContext } from '../../test/run-method.js';
import { ruleRowMap } from '../decision.js';
import { referenceKernels } from '../kernels.js';
import { drawPositions, randomStream } from '../random.js';
import { densityPeaks } from '../select/density-peaks.js';
import { meanAttention } from '../select/mean-attention.js';
import { mapRows } from '../select/row-map.js';
import { fastv } from './fastv.js';
import { random } from './random.js';

interface Golden {
  id: string;
  params: Record<string, number | string>;
  inputs: Record<string, { tensor: string; shape: number[] }>;
  outputs: Record<string, unknown>;
}

const filesOf = (method: string) => [
  `methods/${method}/cases.json`,
  `methods/${method}/tensors.safetensors`,
];

const tensorOf = (tensors: Map<string, StoredTensor>, value: unknown): StoredTensor =>
  tensors.get((value as { tensor: string }).tensor)!;

/** Columns [start, end) of attention [rows, columns]. */
function columnsOf(attention: StoredTensor, start: number, end: number): Float32Array {
  const columns = attention.shape.at(-1)!;
  const rows = attention.data.length / columns;
  const out: number[] = [];
  for (let row = 0; row < rows; row++) {
    out.push(...attention.data.subarray(row * columns + start, row * columns + end));
  }
  return Float32Array.from(out);
}

describeGoldens('methods/fastv', filesOf('fastv'), (set) => {
  const [file, tensorFile] = filesOf('fastv') as [string, string];
  const tensors = set.tensors(tensorFile);
  set.each(
    set.json<{ cases: Golden[] }>(file).cases,
    ({ id }) => id,
    ({ params, inputs, outputs }) => {
      const start = params.sys_len as number;
      const visualTokens = params.N as number;
      const all = params.variant === 'all_queries';
      const attention = tensorOf(tensors, inputs[all ? 'attn' : 'attn_last']);
      const heads = attention.shape[0]!;
      const rows = all ? attention.shape[1]! : 1;
      const visual = columnsOf(attention, start, start + visualTokens);
      const queries = all ? 'all' : 'last';
      const result = decideOnce(
        fastv,
        { layer: 2, keep: params.keep as number, queries },
        promptContext(visualTokens),
        { kind: 'layer', layer: 1 },
        new Map([[`attention:1:${queries}:mean`, meanAttention(visual, heads, rows)]]),
      );
      expect(result.kept).toEqual(outputs.kept_visual);
      const order = outputs.topk_order;
      if (order) expect(result.ranked).toEqual(order);
      const score = outputs.score;
      if (score) {
        expect(spread(result.scores!, tensorOf(tensors, score).data)).toBeLessThanOrEqual(1e-6);
      }
      const sequence = outputs.keep;
      if (Array.isArray(sequence)) {
        const after = start + visualTokens;
        const keptRows = [
          ...Array.from({ length: start }, (_, index) => index),
          ...result.kept.map((token) => token + start),
          ...Array.from({ length: params.text_len as number }, (_, index) => index + after),
        ];
        expect(keptRows).toEqual(sequence);
        // FastV keeps the positions of the prompt.
        if (outputs.position_ids) expect(keptRows).toEqual(outputs.position_ids);
      }
    },
  );
});

describeGoldens('methods/random', [filesOf('random')[0]!], (set) => {
  set.each(
    set.json<{ cases: Golden[] }>(filesOf('random')[0]!).cases,
    ({ id }) => id,
    ({ params, outputs }) => {
      const { part, seed, stream, N, keep } = params as Record<string, number>;
      if ((part as unknown) === 'raw') {
        const source = randomStream(seed!, stream);
        const raw = outputs.raw as number[];
        expect(raw.map(() => source.next())).toEqual(raw);
        return;
      }
      const drawn = drawPositions(randomStream(seed!, stream), N!, keep!);
      expect(Array.from(drawn)).toEqual(outputs.order);
      expect(Array.from(drawn.slice().sort())).toEqual(outputs.kept);
      const result = decideOnce(
        random,
        { layer: stream!, keep: keep! },
        promptContext(N!, { seed: seed! }),
        stream === 0 ? { kind: 'input' } : { kind: 'layer', layer: stream! - 1 },
        new Map(),
      );
      expect(result.kept).toEqual(outputs.kept);
    },
  );
});

describeGoldens('methods/dpc_knn', filesOf('dpc_knn'), (set) => {
  const [file, tensorFile] = filesOf('dpc_knn') as [string, string];
  const tensors = set.tensors(tensorFile);
  set.each(
    set.json<{ cases: Golden[] }>(file).cases,
    ({ id }) => id,
    ({ params, inputs, outputs }) => {
      const tokens = params.m as number;
      const width = params.C as number;
      const clusters = params.clusters as number;
      const input = tensorOf(tensors, inputs.z).data;
      const noise = inputs.noise && tensorOf(tensors, inputs.noise).data;
      const found = densityPeaks(input, width, clusters, noise);
      expect(Array.from(found.assignment)).toEqual(outputs.assign);
      if (outputs.centres) expect(Array.from(found.centres)).toEqual(outputs.centres);
      for (const part of ['density', 'delta'] as const) {
        if (!outputs[part]) continue;
        expect(spread(found[part], tensorOf(tensors, outputs[part]).data)).toBeLessThanOrEqual(
          2e-6,
        );
      }
      const map = ruleRowMap(
        {
          kind: 'rule',
          score: [],
          keep: 0,
          order: 'spatial',
          merge: { kind: 'density-peaks', pool: tokens, clusters, ...(noise ? { noise } : {}) },
        },
        { kept: new Int32Array(0), pool: Int32Array.from({ length: tokens }, (_, i) => i) },
        tokens,
        referenceKernels,
        { hidden: input, width },
      );
      const expected = tensorOf(tensors, outputs.merged).data;
      expect(spread(mapRows(input, width, map), expected)).toBeLessThanOrEqual(1e-5);
    },
  );
});
