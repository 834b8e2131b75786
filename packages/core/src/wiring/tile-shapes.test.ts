import { expect, it } from 'vitest';
import { contractContext } from '../testing/contract.js';
import type { TokenPlace } from '../token-rows.js';
import { tileShapes } from './tile-shapes.js';

const native = { kind: 'native' } as const;

/** Places of a whole tile and a raster of two tiles beside each other, cut to `rows` lines of `left` + `right` tokens. */
function cutRaster(side: number, rows: number, left: number, right: number): TokenPlace[] {
  const places: TokenPlace[] = Array.from({ length: side * side }, () => ({ image: 0, tile: 0 }));
  for (let row = 0; row < rows; row++) {
    const start = places.length;
    for (let column = 0; column < left; column++) places.push({ image: 0, tile: 1 });
    for (let column = 0; column < right; column++) places.push({ image: 0, tile: 2 });
    places.push({ image: 0, tile: 2, endsRow: [start, places.length] });
  }
  return places;
}

it('takes whole tiles of the tower where nothing says how a picture was cut', () => {
  const context = contractContext(16, native);
  expect(tileShapes(context)).toEqual([{ rows: 4, columns: 4 }]);
  expect(tileShapes({ ...context, visualTokens: 48 })).toHaveLength(3);
});

it.each([
  [3, 4, 2],
  [4, 1, 1],
  [1, 4, 4],
  [1, 2, 3],
])('finds %i lines of %i and %i tokens in tiles that were cut', (rows, left, right) => {
  const context = { ...contractContext(16, native), places: cutRaster(4, rows, left, right) };
  expect(tileShapes(context)).toEqual([
    { rows: 4, columns: 4 },
    { rows, columns: left },
    { rows, columns: right },
  ]);
});

it('knows no tile that was cut away, and no line without tokens', () => {
  const context = { ...contractContext(16, native), places: cutRaster(4, 3, 0, 0) };
  expect(tileShapes(context)).toEqual([{ rows: 4, columns: 4 }]);
});
