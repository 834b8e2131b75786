import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int4Blocks, int4Matrix, quantizeInt4Rows, quantizeInt8Rows } from './quantize.js';

// Below 1e-30, which no weight is, a step is a subnormal number and has too few digits for the bounds.
const weight = fc
  .float({ noNaN: true, noDefaultInfinity: true, min: -8, max: 8 })
  .map((value) => (Math.abs(value) < 1e-30 ? 0 : value));
const floats = (length: number) => fc.array(weight, { minLength: length, maxLength: length });

function int8(rows: Float32Array, outputs: number, range: 127 | 63) {
  const matrix = { values: new Int8Array(rows.length), scales: new Float32Array(outputs) };
  quantizeInt8Rows(rows, 0, outputs, range, matrix);
  return matrix;
}

describe('8-bit rows', () => {
  it('are stored transposed, with the largest of each row at the end of the range', () => {
    const { values, scales } = int8(Float32Array.of(1, -2, 0.5, 4, 0, 0), 3, 127);
    expect(Array.from(values)).toEqual([64, 16, 0, -127, 127, 0]);
    expect(Array.from(scales)).toEqual([Math.fround(2 / 127), Math.fround(4 / 127), 0]);
  });

  it('give back every value within half a step, in both ranges', () => {
    fc.assert(
      fc.property(floats(24), fc.constantFrom<127 | 63>(127, 63), (list, range) => {
        const rows = Float32Array.from(list);
        const { values, scales } = int8(rows, 3, range);
        rows.forEach((value, index) => {
          const output = Math.floor(index / 8);
          const stored = values[(index % 8) * 3 + output]!;
          expect(Math.abs(stored)).toBeLessThanOrEqual(range);
          const step = scales[output]!;
          expect(Math.abs(stored * step - value)).toBeLessThanOrEqual(0.5 * step * (1 + 1e-5));
        });
      }),
    );
  });

  it('are the same whether a matrix is quantized whole or some rows at a time', () => {
    fc.assert(
      fc.property(floats(40), (list) => {
        const rows = Float32Array.from(list);
        const whole = int8(rows, 5, 127);
        const parts = { values: new Int8Array(40), scales: new Float32Array(5) };
        quantizeInt8Rows(rows.subarray(0, 16), 0, 5, 127, parts);
        quantizeInt8Rows(rows.subarray(16), 2, 5, 127, parts);
        expect(parts).toEqual(whole);
      }),
    );
  });
});

describe('4-bit blocks', () => {
  it('have the value of largest magnitude at −8, two values a byte, the first in the lower half', () => {
    const matrix = int4Matrix(1, 4, 4);
    quantizeInt4Rows(Float32Array.of(8, 4, -4, 0), 4, 0, matrix, 4);
    expect(Array.from(matrix.scales)).toEqual([-1]);
    // −8, −4, 4 and 0, each plus 8.
    expect(Array.from(matrix.values)).toEqual([0 | (4 << 4), 12 | (8 << 4)]);
  });

  it('give back every value within a step, the last block partly empty', () => {
    const width = 20;
    const block = 16;
    fc.assert(
      fc.property(floats(2 * width), (list) => {
        const rows = Float32Array.from(list);
        const matrix = int4Matrix(2, width, block);
        quantizeInt4Rows(rows, width, 0, matrix, block);
        const blocks = int4Blocks(width, block);
        rows.forEach((value, index) => {
          const row = Math.floor(index / width);
          const column = index % width;
          const place = row * blocks + Math.floor(column / block);
          const byte = matrix.values[(place * block + (column % block)) >> 1]!;
          const stored = ((column % 2 === 0 ? byte : byte >> 4) & 15) - 8;
          const step = Math.abs(matrix.scales[place]!);
          expect(Math.abs(stored * matrix.scales[place]! - value)).toBeLessThanOrEqual(
            step * (1 + 1e-5),
          );
        });
      }),
    );
  });
});
