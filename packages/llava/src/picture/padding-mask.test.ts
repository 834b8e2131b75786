import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paddingMask } from './padding-mask.js';

const rowsOf = (mask: Uint8Array, grid: number) =>
  Array.from({ length: grid }, (_, row) =>
    [...mask.subarray(row * grid, (row + 1) * grid)].join(''),
  );

describe('paddingMask', () => {
  it('marks rows above and below a wide picture, less a border', () => {
    // Picture rows 32 … 63 of 96; the border is trunc(119 / 24) = 4; patch rows start at 0, 12, 24, ….
    expect(rowsOf(paddingMask(96, 32, 8), 8)).toEqual([
      '11111111',
      '11111111',
      '11111111',
      '00000000',
      '00000000',
      '00000000',
      '11111111',
      '11111111',
    ]);
  });

  it('is the transpose for the picture turned by a quarter, and empty for a square', () => {
    const side = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(12, 24), (width, height, grid) => {
        const mask = rowsOf(paddingMask(width, height, grid), grid);
        const turned = rowsOf(paddingMask(height, width, grid), grid);
        expect(turned).toEqual(mask.map((_, at) => mask.map((row) => row[at]).join('')));
        if (width === height) expect(mask.join('')).not.toContain('1');
        expect(mask[Math.floor(grid / 2)]![Math.floor(grid / 2)]).toBe('0');
      }),
    );
  });

  it('finds pixels in float32 as torch does, also where that falls short of a whole number', () => {
    // 15 · 400 / 24 is 250, but float32 gives 249.99998: patch row 15 looks at row 249.
    expect(Math.floor(Math.fround(15 * Math.fround(400 / 24)))).toBe(249);
    // Picture rows 168 … 231 and a border of 17: row 248 is the last one that is not padding.
    expect(rowsOf(paddingMask(400, 64, 24), 24)[15]).toBe('1'.repeat(24));
    // One pixel of height more on both sides: row 249 is the last; an exact 250 would be padding.
    expect(rowsOf(paddingMask(400, 66, 24), 24)[15]).toBe('0'.repeat(24));
  });
});
