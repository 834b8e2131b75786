import { AutopruneError } from '../errors.js';

/** Checks that attention [heads, rows, columns] divides evenly, and returns the columns. */
export function attentionColumns(attention: Float32Array, heads: number, rows: number): number {
  const columns = attention.length / (heads * rows);
  if (!(heads >= 1 && rows >= 1 && Number.isInteger(heads) && Number.isInteger(rows))) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected at least one head and one text row of attention but received ${heads} heads and ${rows} rows`,
      { heads, rows },
    );
  }
  if (!Number.isInteger(columns)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected attention of ${heads} heads × ${rows} rows × columns but received ${attention.length} values`,
      { heads, rows, length: attention.length },
    );
  }
  return columns;
}

/**
 * Attention that each visual token receives: the mean over heads, then over text rows, unweighted
 * (AutoPrune, `score.py`).
 *
 * @param attention  float32 [heads, rows, columns], post-softmax, cut to the visual keys; read only
 * @returns float32 [columns]
 */
export function meanAttention(attention: Float32Array, heads: number, rows: number): Float32Array {
  const columns = attentionColumns(attention, heads, rows);
  const sums = new Float64Array(columns);
  let offset = 0;
  for (let row = 0; row < heads * rows; row++) {
    for (let column = 0; column < columns; column++) sums[column]! += attention[offset++]!;
  }
  return Float32Array.from(sums, (sum) => sum / (heads * rows));
}
