import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYNTHETIC_MODELS, syntheticShape } from '../synthetic/shapes.js';
import { DTYPES } from './dtype.js';
import { chooseDtype, estimateMemory, largestPicture, requireMemory } from './memory.js';

const shape = syntheticShape('llava-1.5-7b');

describe('the memory estimate', () => {
  it.each([
    // Largest resident sets measured by `autoprune bench --synthetic` (bench/results/real-models.json).
    ['llava-1.5-7b', 'int8', 626, 8.93e9],
    ['llava-1.5-7b', 'int4', 626, 6.27e9],
    ['llava-1.5-7b', 'mixed', 626, 12.26e9],
    ['llava-1.5-13b', 'int8', 626, 15.2e9],
    ['llava-1.5-13b', 'int4', 626, 10.42e9],
    ['llava-next-7b', 'int8', 2978, 11.43e9],
  ] as const)(
    'of %s in %s is within a tenth of what was measured',
    (name, dtype, rows, measured) => {
      const { peak } = estimateMemory(syntheticShape(name), dtype, rows);
      expect(Math.abs(peak / measured - 1)).toBeLessThan(0.1);
    },
  );

  it('counts the largest picture: tiles, and newlines where they are packed with them', () => {
    expect(largestPicture(shape)).toBe(576);
    expect(largestPicture(syntheticShape('llava-next-7b'))).toBe(576 + 48 * 49);
  });
});

describe('auto', () => {
  it.each([
    ['llava-1.5-7b', 24e9, 'mixed'],
    ['llava-1.5-7b', 13e9, 'int8'],
    ['llava-1.5-7b', 8e9, 'int4'],
    ['llava-1.5-13b', 20e9, 'int8'],
    ['llava-1.5-13b', 14e9, 'int4'],
  ])('of %s with %d bytes is %s', (name, available, dtype) => {
    const choice = chooseDtype(syntheticShape(name), available);
    expect(choice.dtype).toBe(dtype);
    expect(choice.reason).toContain(dtype);
  });

  it('refuses when nothing fits, with both numbers', () => {
    expect(() => chooseDtype(shape, 3e9)).toThrow(
      /needs about 6\.\d GB of memory in int4 but 3\.0 GB/,
    );
  });

  it('never takes more than there is', () => {
    const names = fc.constantFrom(...SYNTHETIC_MODELS);
    fc.assert(
      fc.property(names, fc.double({ min: 1e9, max: 1e11, noNaN: true }), (name, available) => {
        try {
          expect(chooseDtype(syntheticShape(name), available).estimate.peak).toBeLessThan(
            available,
          );
        } catch (error) {
          expect(error).toMatchObject({ code: 'OUT_OF_MEMORY' });
        }
      }),
    );
  });
});

describe('a precision that was asked for', () => {
  it('is refused before loading when it does not fit, naming one that does', () => {
    expect(() => requireMemory(shape, 'mixed', 10e9)).toThrow(/--dtype int8 fits/);
    expect(() => requireMemory(shape, 'mixed', 20e9)).not.toThrow();
  });

  it('is refused with another step when none fits', () => {
    for (const dtype of DTYPES) {
      expect(() => requireMemory(shape, dtype, 1e9)).toThrow(/smaller checkpoint/);
    }
  });
});
