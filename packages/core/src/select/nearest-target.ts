/**
 * The target that each row is most similar to; ties keep the earlier target.
 *
 * @param similarity  cosine of a row and a target, both row numbers
 * @param rows  rows to assign
 * @param targets  at least one row number
 * @returns int32 [rows.length], indices into `targets`
 */
export function nearestTargets(
  similarity: (row: number, target: number) => number,
  rows: Int32Array,
  targets: Int32Array,
): Int32Array {
  return rows.map((row) => {
    let best = 0;
    let highest = -Infinity;
    for (let index = 0; index < targets.length; index++) {
      const value = similarity(row, targets[index]!);
      if (value > highest) {
        highest = value;
        best = index;
      }
    }
    return best;
  });
}
