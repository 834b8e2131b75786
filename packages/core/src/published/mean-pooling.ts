import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { type RowMap, rowMap } from '../select/row-map.js';

/** A picture as a grid of tokens, row by row. */
export interface TokenGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Mean pooling of a grid to a smaller one (UniPruneBench @ f93768f, `pool_pre_llm`, which pools to 4, 16 or
 * 25 tokens: sides 2, 4 and 5).
 *
 * Cell i of n covers rows floor(i · rows / n) to ceil((i + 1) · rows / n), so that cells of a grid that does
 * not divide share a line. A side above that of the grid leaves it as it is.
 *
 * @throws ARGUMENT_INVALID for a side that is no whole number of at least 1
 */
export function meanPooling(grid: TokenGrid, output: TokenGrid): RowMap {
  requireNumber('grid rows', grid.rows, { min: 1, integer: true });
  requireNumber('grid columns', grid.columns, { min: 1, integer: true });
  const rows = clampCount('rows', output.rows, grid.rows, 1);
  const columns = clampCount('columns', output.columns, grid.columns, 1);
  const cells: (readonly [number, number])[][] = [];
  for (let i = 0; i < rows; i++) {
    const [top, bottom] = cellBounds(i, rows, grid.rows);
    for (let j = 0; j < columns; j++) {
      const [left, right] = cellBounds(j, columns, grid.columns);
      const weight = 1 / ((bottom - top) * (right - left));
      const cell: (readonly [number, number])[] = [];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          cell.push([row * grid.columns + column, weight]);
        }
      }
      cells.push(cell);
    }
  }
  return rowMap(grid.rows * grid.columns, cells);
}

function cellBounds(cell: number, cells: number, lines: number): [number, number] {
  return [Math.floor((cell * lines) / cells), Math.ceil(((cell + 1) * lines) / cells)];
}
