import { describeGoldens, spread } from '@autoprune/testing';
import { expect, it } from 'vitest';
import { complexity } from './complexity.js';
import { slopeOf } from './retention-curve.js';

interface InformationCase {
  id: string;
  name: string;
  heads: number;
  textTokens: number;
  visualTokens: number;
  fp32: {
    perHead: number[];
    sumOverHeads: number;
    sumOverHeadsDividedByText: number;
    k: number;
    perHeadFloat64: number[];
  };
  fp16: { perHead: number[]; perHeadEmulated: number[] };
}

describeGoldens('autoprune/mi', ['autoprune/mi.json', 'autoprune/mi.safetensors'], (set) => {
  const { cases } = set.json<{ cases: InformationCase[] }>('autoprune/mi.json');
  const tensors = set.tensors('autoprune/mi.safetensors');
  set.each(
    cases,
    ({ id, name }) => `${id} ${name}`,
    ({ id, heads, textTokens, fp32, fp16 }) => {
      const attention = tensors.get(`${id}.attn`)!.data;
      const single = complexity(attention, { heads, textTokens });
      expect(spread(single.perHead, fp32.perHead)).toBeLessThanOrEqual(2e-6);
      expect(spread(single.perHead, fp32.perHeadFloat64)).toBeLessThanOrEqual(1e-9);
      const scale = Math.max(1, heads);
      expect(Math.abs(single.total - fp32.sumOverHeads)).toBeLessThanOrEqual(2e-6 * scale);
      expect(
        Math.abs(single.total / textTokens - fp32.sumOverHeadsDividedByText),
      ).toBeLessThanOrEqual(2e-6 * scale);
      expect(Math.abs(slopeOf(single.total, { k0: 0.4, gamma: 0.2 }) - fp32.k)).toBeLessThanOrEqual(
        1e-6 * scale,
      );

      const half = tensors.get(`${id}.attn_fp16`)!.data;
      const rounded = complexity(half, { heads, textTokens, precision: 'fp16' });
      rounded.perHead.forEach((value, head) => {
        const expected = fp16.perHead[head]!;
        const tolerance = 2e-3 + 2e-3 * Math.abs(expected);
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
      });
    },
  );
});

it('refuses attention without text rows', () => {
  expect(() => complexity(new Float32Array(8), { heads: 2, textTokens: 0 })).toThrow(
    /at least one head and one text row/,
  );
});

it('refuses NaN and names the head', () => {
  const attention = new Float32Array(8).fill(0.1);
  attention[5] = Number.NaN;
  expect(() => complexity(attention, { heads: 2, textTokens: 2 })).toThrow(/head 1/);
});
