import { requireNumber } from '../errors.js';
import { cosines } from '../select/cosine.js';
import { type RowMap, rowMap } from '../select/row-map.js';
import { type Matrix, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** The grid of patches, and which windows of it are merged. */
export interface MustdropSpatialParameters {
  /** Patches in a row of the picture. */
  readonly columns: number;
  /** Least mean cosine of the pairs of a window. Default 0.8. */
  readonly threshold?: number;
  /** Rows and columns of a window, 2 patches or more. Default 3 × 3. */
  readonly window?: readonly [rows: number, columns: number];
}

/** The rows after the merge. */
export interface MustdropSpatialMerge {
  /** CLS, merged windows, most alike first, then the other patches in spatial order. */
  readonly map: RowMap;
  /** int32: merged windows, row by row over the picture, in output order. */
  readonly mergedWindows: Int32Array;
  /** float32 [windows]: mean cosine of the pairs of different patches. */
  readonly similarity: Float32Array;
  /** float32 [outputRows]: patches that each row stands for. */
  readonly sizes: Float32Array;
}

/**
 * First stage of MustDrop: windows of patches that look alike become their mean (liuting20/MustDrop @
 * 909afa5, `local_merge.py`). Patches at the right or lower edge that fill no window stay.
 *
 * @param states  float32 [1 + patches, width]: tower states, CLS first
 * @throws ARGUMENT_INVALID for non-finite values or patches that do not fill the grid
 */
export function mustdropSpatial(
  states: Matrix,
  { columns, threshold = 0.8, window = [3, 3] }: MustdropSpatialParameters,
): MustdropSpatialMerge {
  const inputs = rowCount('states', states);
  requireNumber('columns', columns, { min: 1, integer: true });
  const rows = (inputs - 1) / columns;
  requireNumber('rows of patches', rows, { min: 0, integer: true });
  requireNumber('threshold', threshold);
  const [high, wide] = window;
  requireNumber('window rows', high, { min: 1, integer: true });
  requireNumber('window columns', wide, { min: 1, integer: true });
  requireNumber('patches in a window', high * wide, { min: 2 });
  const across = Math.floor(columns / wide);
  const cosine = cosines(states);
  const windows = Array.from({ length: Math.floor(rows / high) * across }, (_, index) => {
    const corner = Math.floor(index / across) * high * columns + (index % across) * wide;
    return Array.from(
      { length: high * wide },
      (_, cell) => 1 + corner + Math.floor(cell / wide) * columns + (cell % wide),
    );
  });
  const similarity = Float32Array.from(windows, (members) => {
    let sum = 0;
    members.forEach((i, index) => {
      for (const j of members.slice(index + 1)) sum += cosine(i, j);
    });
    return sum / ((members.length * (members.length - 1)) / 2);
  });
  const mergedWindows = rankTokens(similarity, windows.length).filter(
    (index) => similarity[index]! >= threshold,
  );
  const merged = Array.from(mergedWindows, (index) => windows[index]!);
  const taken = new Set(merged.flat());
  const rest = Array.from({ length: inputs - 1 }, (_, patch) => patch + 1).filter(
    (p) => !taken.has(p),
  );
  const groups = [[0], ...merged, ...rest.map((patch) => [patch])];
  return {
    map: rowMap(
      inputs,
      groups.map((group) => group.map((row) => [row, 1 / group.length] as const)),
    ),
    mergedWindows,
    similarity,
    sizes: Float32Array.from(groups, (group) => group.length),
  };
}
