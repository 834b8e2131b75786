/** Rows of [0, total) that are not in `rows`: int32, ascending. */
export function otherRows(total: number, rows: ArrayLike<number>): Int32Array {
  const listed = new Uint8Array(total);
  for (let index = 0; index < rows.length; index++) listed[rows[index]!] = 1;
  const others: number[] = [];
  for (let row = 0; row < total; row++) if (!listed[row]) others.push(row);
  return Int32Array.from(others);
}
