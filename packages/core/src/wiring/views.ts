import { largestRemainders } from '../schedule/largest-remainders.js';
import { gatherRows, keepRows, type RowMap, rowEntries, rowMap } from '../select/row-map.js';
import { rowsByKey } from '../select/rows-by-key.js';
import type { Matrix } from '../select/tensors.js';
import type { SignalReader, SignalRequest } from '../signal.js';
import type { RowContent, TokenRows } from '../token-rows.js';

/** Rows that a method judges together: those of one tile, or all of them. */
export interface View {
  /** int32, ascending: rows of the prompt. */
  readonly rows: Int32Array;
  /** Values of a signal at these rows, one a row or several. */
  matrix(request: SignalRequest): Matrix;
  /** Values of a signal that is not of rows. */
  values(request: SignalRequest): Float32Array;
}

const placeOf = (content: RowContent) => ('place' in content ? content.place : undefined);

/**
 * Rows of every tile, in order of first appearance; rows that end a line of the picture belong to none. A merged row has
 * no place of its own: it belongs to the tile of the row before it, for rows come tile after tile.
 */
function tileRows(rows: TokenRows): Int32Array[] {
  const keyOf = (content: RowContent | undefined): string | undefined => {
    const place = content && placeOf(content);
    return place && `${place.image}:${place.tile}`;
  };
  let key = keyOf(rows.contents.find(placeOf)) ?? '';
  const keys = rows.contents.map((content) => {
    key = keyOf(content) ?? key;
    return placeOf(content)?.endsRow ? undefined : key;
  });
  return rowsByKey(keys).map((tile) => Int32Array.from(tile));
}

/** The views of some rows: one a tile, or one of everything. */
export function viewsOf(
  rows: TokenRows,
  signals: SignalReader,
  scope: 'tile' | 'total',
): readonly View[] {
  const count = rows.contents.length;
  const all = Int32Array.from({ length: count }, (_, row) => row);
  const groups = scope === 'tile' ? tileRows(rows) : [all];
  return groups.map((group) => ({
    rows: group,
    values: (request) => signals.get(request),
    matrix: (request) => {
      const values = signals.get(request);
      const width = count === 0 ? 1 : values.length / count;
      return { width, data: group.length === count ? values : gatherRows(values, width, group) };
    },
  }));
}

/** `keep` tokens over views in proportion to their rows, by largest remainders. */
export function shareOut(keep: number, views: readonly View[]): number[] {
  return shareBySize(
    keep,
    views.map(({ rows }) => rows.length),
  );
}

/** `keep` tokens over groups of `sizes` in proportion, by largest remainders. */
export function shareBySize(keep: number, sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = Math.min(keep, total);
  return largestRemainders(
    sizes.map((size) => (total === 0 ? 0 : (wanted * size) / total)),
    wanted,
    Infinity,
  );
}

/** One map of the maps of all views, one after another; kept rows alone go back to the order of the prompt. */
export function joinMaps(
  inputRows: number,
  parts: readonly { readonly view: View; readonly map: RowMap | Int32Array }[],
): RowMap {
  if (parts.every(({ map }) => map instanceof Int32Array)) {
    const kept = parts.flatMap(({ view, map }) =>
      Array.from(map as Int32Array, (row) => view.rows[row]!),
    );
    return keepRows(
      inputRows,
      kept.sort((a, b) => a - b),
    );
  }
  const rows = parts.flatMap(({ view, map }) => {
    const one = map instanceof Int32Array ? keepRows(view.rows.length, map) : map;
    return Array.from({ length: one.outputRows }, (_, row) =>
      rowEntries(one, row).map(([input, weight]) => [view.rows[input]!, weight] as const),
    );
  });
  return rowMap(inputRows, rows);
}
