/**
 * Queries of `rows` out of the parts that they were projected in.
 *
 * @param parts  rows of the sequence, and their queries float32 [heads, rows, headSize]
 * @returns float32 [heads, rows, headSize]
 */
export function capturedQueries(
  parts: readonly { readonly rows: Int32Array; readonly values: Float32Array }[],
  rows: Int32Array,
  heads: number,
  headSize: number,
): Float32Array {
  const places = new Map(
    parts.flatMap((part) => Array.from(part.rows, (row, index) => [row, { part, index }] as const)),
  );
  const out = new Float32Array(heads * rows.length * headSize);
  rows.forEach((row, target) => {
    const { part, index } = places.get(row)!;
    for (let head = 0; head < heads; head++) {
      const from = (head * part.rows.length + index) * headSize;
      out.set(
        part.values.subarray(from, from + headSize),
        (head * rows.length + target) * headSize,
      );
    }
  });
  return out;
}
