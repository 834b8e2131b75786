import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapRows } from '../select/row-map.js';
import { weightSum } from './__fixtures__/properties.js';
import { meanPooling } from './mean-pooling.js';

it('averages the cells of a grid', () => {
  const grid = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
  const map = meanPooling({ rows: 4, columns: 4 }, { rows: 2, columns: 2 });
  expect(Array.from(mapRows(grid, 1, map))).toEqual([3.5, 5.5, 11.5, 13.5]);
});

it('lets cells share a line where the grid does not divide', () => {
  const map = meanPooling({ rows: 1, columns: 5 }, { rows: 1, columns: 2 });
  expect(Array.from(mapRows(Float32Array.of(0, 3, 6, 9, 12), 1, map))).toEqual([3, 9]);
});

it('covers every token by means, and leaves the grid alone for a larger output', () => {
  const side = fc.integer({ min: 1, max: 24 });
  fc.assert(
    fc.property(side, side, side, side, (rows, columns, outRows, outColumns) => {
      const map = meanPooling({ rows, columns }, { rows: outRows, columns: outColumns });
      expect(map.outputRows).toBe(Math.min(rows, outRows) * Math.min(columns, outColumns));
      expect(new Set(map.inputs).size).toBe(rows * columns);
      for (let row = 0; row < map.outputRows; row++) {
        expect(Math.abs(weightSum(map, row) - 1)).toBeLessThan(1e-5);
      }
    }),
  );
});

it('refuses a side of 0', () => {
  expect(() => meanPooling({ rows: 2, columns: 2 }, { rows: 0, columns: 1 })).toThrow(/rows/);
});
