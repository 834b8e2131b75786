import { attentionRow } from '../select/attention-row.js';
import type { CacheSignals } from '../select/cache-attention.js';
import type { Attention } from '../select/tensors.js';

/**
 * Causal attention of the last rows to everything in a cache.
 *
 * @param signals  queries float32 [heads, m, width] of the last m rows, keys of all n rows
 * @returns float32 [heads, m, n]
 */
export function postVisionAttention({ queries, keys }: CacheSignals): Attention {
  const { heads, width } = queries;
  const rows = queries.data.length / (heads * width);
  const positions = keys.data.length / (keys.heads * width);
  const data = new Float32Array(heads * rows * positions);
  const row = new Float64Array(positions);
  for (let head = 0; head < heads; head++) {
    for (let index = 0; index < rows; index++) {
      const visible = positions - rows + index + 1;
      attentionRow(queries, keys, head, index, visible, row);
      data.set(row.subarray(0, visible), (head * rows + index) * positions);
    }
  }
  return { data, heads, rows };
}
