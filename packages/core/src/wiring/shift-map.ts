import type { RowMap } from '../select/row-map.js';

/** A map of patches as one of a tile's rows, where CLS comes first and is dropped. */
export function afterClass(map: RowMap | Int32Array): RowMap | Int32Array {
  if (map instanceof Int32Array) return map.map((row) => row + 1);
  return {
    ...map,
    inputRows: map.inputRows + 1,
    inputs: map.inputs.map((row) => row + 1),
    anchors: map.anchors.map((row) => (row < 0 ? -1 : row + 1)),
  };
}
