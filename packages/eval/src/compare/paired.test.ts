import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemRecord } from '../benchmark.js';
import { comparePaired } from './paired.js';
import { signTest } from './sign-test.js';

const items = (scores: readonly number[], answers?: readonly string[]): ItemRecord[] =>
  scores.map((score, row) => ({
    id: String(row),
    gold: 'yes',
    answer: answers?.[row] ?? String(score),
    parsed: null,
    rule: '',
    score,
  }));

describe('signTest', () => {
  it('gives the binomial tail', () => {
    // 2 · (1 + 10 + 45) / 1024
    expect(signTest(8, 2)).toBeCloseTo(112 / 1024, 12);
    expect(signTest(0, 5)).toBeCloseTo(2 / 32, 12);
    expect(signTest(3, 3)).toBe(1);
    expect(signTest(0, 0)).toBe(1);
  });

  it('does not underflow for thousands of changes', () => {
    expect(signTest(2000, 2100)).toBeGreaterThan(0.05);
    expect(signTest(2000, 2600)).toBeLessThan(1e-12);
  });
});

describe('comparePaired', () => {
  it('counts flips both ways, agreement and ratio', () => {
    const baseline = items([1, 1, 0, 1], ['a', 'b', 'c', 'd']);
    const other = items([1, 0, 1, 1], ['a', 'x', 'y', ' d']);
    const result = comparePaired(baseline, other);
    expect(result).toMatchObject({ items: 4, difference: 0, ratio: 1, agreement: 0.5, pValue: 1 });
    expect(result.gained.map(({ id }) => id)).toEqual(['2']);
    expect(result.lost.map(({ id }) => id)).toEqual(['1']);
  });

  it('pairs by id, and by order where an id comes twice', () => {
    const twice = [...items([1]), ...items([0])];
    const result = comparePaired([...twice, ...items([1, 1]).slice(1)], twice);
    expect(result).toMatchObject({ items: 2, unpaired: 1, difference: 0 });
    expect(result.gained).toEqual([]);
  });

  it('gives an interval around the difference that mirrors when the runs change places', () => {
    const scores = fc.array(fc.constantFrom(0, 0.3, 1), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const options = { resamples: 200 };
        const there = comparePaired(items(a), items(b), options);
        const back = comparePaired(items(b), items(a), options);
        expect(there.interval[0]).toBeLessThanOrEqual(there.interval[1]);
        expect(back.difference).toBeCloseTo(-there.difference, 12);
        expect(back.gained).toHaveLength(there.lost.length);
        if (there.gained.length + there.lost.length === 0) expect(there.interval).toEqual([0, 0]);
      }),
    );
  });

  it('narrows the interval with more items', () => {
    const width = (count: number): number => {
      const a = Array.from({ length: count }, (_, row) => row % 2);
      const b = Array.from({ length: count }, (_, row) => Number(row % 3 === 0));
      const [low, high] = comparePaired(items(a), items(b), { resamples: 500 }).interval;
      return high - low;
    };
    expect(width(1000)).toBeLessThan(width(60) / 2);
  });
});
