import { dot } from './cosine.js';
import { softmaxInPlace } from './softmax.js';
import type { HeadRows } from './tensors.js';

/**
 * One row of attention: softmax of q · k / √width over the first `visible` keys.
 *
 * Key heads may be fewer than query heads (grouped queries): key head j serves query heads
 * j · g … j · g + g − 1.
 *
 * @param out  float64, at least `visible` long; written up to there
 */
export function attentionRow(
  queries: HeadRows,
  keys: HeadRows,
  head: number,
  row: number,
  visible: number,
  out: Float64Array,
): void {
  const { width } = queries;
  const queryRows = queries.data.length / (queries.heads * width);
  const keyRows = keys.data.length / (keys.heads * width);
  const keyHead = Math.floor((head * keys.heads) / queries.heads);
  const query = (head * queryRows + row) * width;
  const first = keyHead * keyRows * width;
  const scale = 1 / Math.sqrt(width);
  for (let key = 0; key < visible; key++) {
    out[key] = dot(queries.data, query, keys.data, first + key * width, width) * scale;
  }
  softmaxInPlace(out, visible);
}
