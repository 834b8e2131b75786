/** Bytes of attention weights that one run may make. */
const SCORE_BYTES = 96 * 1024 * 1024;

/** How many query rows to attend at once, so that the weights [heads, rows, keys] stay bounded. */
export function attentionBlock(heads: number, keys: number): number {
  return Math.max(16, Math.floor(SCORE_BYTES / (4 * heads * Math.max(keys, 1))));
}

/** Rows [start, end) of every head of x [heads, rows, width]. */
export function headRows(
  x: Float32Array,
  heads: number,
  rows: number,
  start: number,
  end: number,
): Float32Array {
  if (start === 0 && end === rows) return x;
  const width = x.length / (heads * rows);
  const count = end - start;
  const out = new Float32Array(heads * count * width);
  for (let head = 0; head < heads; head++) {
    const from = (head * rows + start) * width;
    out.set(x.subarray(from, from + count * width), head * count * width);
  }
  return out;
}
