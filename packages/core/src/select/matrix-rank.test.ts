import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../random.js';
import { matrixRank } from './matrix-rank.js';

/** A matrix of known rank: the product of two random factors, in whole numbers so that it is exact. */
function ofRank(seed: number, rows: number, width: number, rank: number): Float32Array {
  const random = randomStream(seed);
  const draw = (count: number) => Array.from({ length: count }, () => random.below(201) - 100);
  const left = draw(rows * rank);
  const right = draw(rank * width);
  return Float32Array.from({ length: rows * width }, (_, slot) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      sum += left[Math.floor(slot / width) * rank + k]! * right[k * width + (slot % width)]!;
    }
    return sum;
  });
}

describe('matrixRank', () => {
  it('finds the rank of a product of factors, wide or tall', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(6),
        fc.boolean(),
        (seed, short, long, rank, tall) => {
          const [rows, width] = tall ? [long, short] : [short, long];
          const wanted = Math.min(rank, rows, width);
          const data = ofRank(seed, rows, width, wanted);
          // Random whole factors lose rank by chance only, which never raises it.
          const found = matrixRank({ data, width });
          expect(found).toBeLessThanOrEqual(wanted);
          expect(found).toBe(matrixRank({ data: data.map((value) => value / 1024), width }));
        },
      ),
    );
    expect(matrixRank({ data: ofRank(1, 12, 40, 5), width: 40 })).toBe(5);
    expect(matrixRank({ data: ofRank(2, 40, 12, 7), width: 12 })).toBe(7);
  });

  it('counts singular values above the tolerance of float32', () => {
    const diagonal = (...values: number[]) => {
      const data = new Float32Array(values.length ** 2);
      values.forEach((value, index) => {
        data[index * values.length + index] = value;
      });
      return matrixRank({ data, width: values.length });
    };
    expect(diagonal(1, 4 * 2 ** -23, 3 * 2 ** -23, 2 * 2 ** -23)).toBe(1);
    expect(diagonal(1, 5 * 2 ** -23, 3 * 2 ** -23, 0)).toBe(2);
    expect(diagonal(0, 0)).toBe(0);
  });

  it('copes with huge and tiny values', () => {
    expect(matrixRank({ data: Float32Array.of(3e38, 0, 0, 3e38), width: 2 })).toBe(2);
    expect(matrixRank({ data: Float32Array.of(1e-38, 0, 0, 1e-38), width: 2 })).toBe(2);
    expect(matrixRank({ data: new Float32Array(0), width: 2 })).toBe(0);
  });
});
