import { AutopruneError } from '@autoprune/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typescriptCacheKernels as reference } from '../src/cache-kernels.js';
import { loadKernels } from '../src/index.js';
import { size } from './arbitraries.js';
import { describeNative } from './describe-native.js';

/** Every half, as the value that IEEE 754 gives its bits. */
const halfValue = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};
const everyHalf = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);
const isNumber = (half: number): boolean => (half & 0x7fff) <= 0x7c00;

/** Float32 of all magnitudes, those of halves and the middles between two of them among them. */
const number = fc.oneof(
  fc.float({ noNaN: true }),
  fc.float({ min: -70_000, max: 70_000, noNaN: true }),
  fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true }),
  fc.nat(0x7bff).map(halfValue),
  fc.nat(0x7bfe).map((half) => (halfValue(half) + halfValue(half + 1)) / 2),
);

/** Rows, with numbers that halve an integer of the row among them. */
const rows = fc.tuple(size(9), size(70)).chain(([count, width]) =>
  fc.record({
    count: fc.constant(count),
    values: fc
      .array(
        fc.oneof(
          fc.integer({ min: -254, max: 254 }),
          fc.float({ min: -300, max: 300, noNaN: true }),
        ),
        { minLength: count * width, maxLength: count * width },
      )
      // Of a row of the smallest numbers there are the scale is 0.
      .map((values) => Float32Array.from(values, (one) => (Math.abs(one) < 1e-30 ? 0 : one / 2))),
  }),
);

describe('caches in fewer bits', () => {
  it('knows every half', () => {
    const values = new Float32Array(2 ** 16);
    reference.unpackHalves(everyHalf, values);
    expect(values).toEqual(Float32Array.from(everyHalf, halfValue));
    const halves = new Uint16Array(2 ** 16);
    reference.packHalves(values, halves);
    expect(halves.filter(isNumber)).toEqual(everyHalf.filter(isNumber));
    expect(halves.filter((_, half) => !isNumber(half)).some(isNumber)).toBe(false);
  });

  it('takes the nearest half, the even one of two', () => {
    fc.assert(
      fc.property(number, (value) => {
        const halves = new Uint16Array(1);
        const back = new Float32Array(1);
        reference.packHalves(Float32Array.of(value), halves);
        reference.unpackHalves(halves, back);
        if (Math.abs(value) >= 65_520) {
          expect(back[0]).toBe(Math.sign(value) * Infinity);
          return;
        }
        const one = halves[0]! & 0x7fff;
        const distance = Math.abs(back[0]! - Math.fround(value));
        for (const other of [one - 1, one + 1]) {
          if (other < 0 || other >= 0x7c00) continue;
          const further = Math.abs(halfValue(other) - Math.abs(Math.fround(value)));
          expect(distance).toBeLessThanOrEqual(further);
          if (distance === further) expect(one % 2).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps a row within half a step of its 8 bits', () => {
    fc.assert(
      fc.property(rows, ({ count, values }) => {
        const bytes = new Int8Array(values.length);
        const scales = new Float32Array(count);
        const back = new Float32Array(values.length);
        reference.packBytes(values, bytes, scales);
        reference.unpackBytes(bytes, scales, back);
        const width = values.length / count;
        values.forEach((value, index) => {
          const step = scales[Math.floor(index / width)]!;
          expect(Math.abs(value - back[index]!)).toBeLessThanOrEqual(0.5001 * step);
        });
        // What was rounded once stays as it is.
        const again = new Int8Array(values.length);
        reference.packBytes(back, again, new Float32Array(count));
        expect(again).toEqual(bytes);
      }),
    );
  });

  it('shows in a row what is not finite', () => {
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      const bytes = new Int8Array(6);
      const scales = new Float32Array(2);
      const back = new Float32Array(6);
      reference.packBytes(Float32Array.of(1, wrong, 2, 1, 2, 3), bytes, scales);
      reference.unpackBytes(bytes, scales, back);
      expect(back.map(Number)).toEqual(
        Float32Array.of(Number.NaN, Number.NaN, Number.NaN, back[3]!, back[4]!, 3),
      );
    }
  });
});

describeNative('caches in fewer bits', (_, path) => {
  const kernels = loadKernels({ use: path }).cache;

  it('are those of TypeScript', () => {
    const values = new Float32Array(2 ** 16);
    kernels.unpackHalves(everyHalf, values);
    expect(values).toEqual(Float32Array.from(everyHalf, halfValue));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 70 }), rows, (numbers, { count, values }) => {
        const given = Float32Array.from(numbers);
        const halves = [kernels, reference].map((one) => {
          const out = new Uint16Array(given.length);
          one.packHalves(given, out);
          return out;
        });
        expect(halves[0]).toEqual(halves[1]);
        const packed = [kernels, reference].map((one) => {
          const bytes = new Int8Array(values.length);
          const scales = new Float32Array(count);
          const back = new Float32Array(values.length);
          one.packBytes(values, bytes, scales);
          one.unpackBytes(bytes, scales, back);
          return { bytes, scales, back };
        });
        expect(packed[0]).toEqual(packed[1]);
      }),
    );
  });

  it('show what is not finite', () => {
    for (const at of [0, 3, 40, 69]) {
      for (const wrong of [Number.NaN, Infinity, -Infinity]) {
        const values = Float32Array.from({ length: 70 }, (_, index) => index);
        values[at] = wrong;
        const bytes = new Int8Array(70);
        const scales = new Float32Array(1);
        kernels.packBytes(values, bytes, scales);
        kernels.unpackBytes(bytes, scales, values);
        expect(values.every(Number.isNaN)).toBe(true);
        const halves = new Uint16Array(1);
        kernels.packHalves(Float32Array.of(wrong), halves);
        expect(halfValue(halves[0]!)).toBe(wrong);
      }
    }
  });

  it('refuse lengths that do not fit', () => {
    const floats = new Float32Array(6);
    for (const call of [
      () => kernels.packHalves(floats, new Uint16Array(5)),
      () => kernels.unpackHalves(new Uint16Array(7), floats),
      () => kernels.packBytes(floats, new Int8Array(5), new Float32Array(1)),
      () => kernels.packBytes(floats, new Int8Array(6), new Float32Array(4)),
      () => kernels.unpackBytes(new Int8Array(6), new Float32Array(0), floats),
    ]) {
      expect(call).toThrow(AutopruneError);
    }
  });
});
