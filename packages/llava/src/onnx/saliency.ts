/**
 * CLS attention of one tower block: softmax over all rows of the CLS query, mean over heads, CLS key cut
 * off; not renormalised (FasterVLM and AutoPrune, `clip_encoder.py`).
 *
 * @param query  float32 [tiles · rows, width], CLS first in each tile
 * @param key  the same shape
 * @returns float32 [tiles · (rows − 1)]
 */
export function clsAttention(
  query: Float32Array,
  key: Float32Array,
  shape: {
    readonly tiles: number;
    readonly rows: number;
    readonly width: number;
    readonly heads: number;
  },
): Float32Array {
  const { tiles, rows, width, heads } = shape;
  const headSize = width / heads;
  const scale = 1 / Math.sqrt(headSize);
  const sums = new Float64Array(tiles * (rows - 1));
  const scores = new Float64Array(rows);
  for (let tile = 0; tile < tiles; tile++) {
    const start = tile * rows * width;
    for (let head = 0; head < heads; head++) {
      const offset = start + head * headSize;
      let largest = -Infinity;
      for (let row = 0; row < rows; row++) {
        let dot = 0;
        for (let channel = 0; channel < headSize; channel++) {
          dot += query[offset + channel]! * key[offset + row * width + channel]!;
        }
        scores[row] = dot * scale;
        largest = Math.max(largest, scores[row]!);
      }
      let total = 0;
      for (let row = 0; row < rows; row++) {
        scores[row] = Math.exp(scores[row]! - largest);
        total += scores[row]!;
      }
      for (let row = 1; row < rows; row++) {
        sums[tile * (rows - 1) + row - 1]! += scores[row]! / total;
      }
    }
  }
  return Float32Array.from(sums, (sum) => sum / heads);
}
