import { requireNumber } from '../errors.js';
import { attentionRow } from './attention-row.js';
import { type HeadRows, requireCount, rowCount } from './tensors.js';

/** What a key/value cache shows after prefill, keys after the rotary embedding. */
export interface CacheSignals {
  /** float32 [heads, m, width]: the last m ≤ n query rows. */
  readonly queries: HeadRows;
  /** float32 [keyValueHeads, n, width]; the number of heads is a multiple of keyValueHeads. */
  readonly keys: HeadRows;
}

/**
 * Number of cached positions n, for queries and keys that fit together.
 *
 * @throws ARGUMENT_INVALID where they do not, or where there are fewer than `rows` query rows
 */
export function cacheLength({ queries, keys }: CacheSignals, rows: number): number {
  const queryRows = rowCount('queries', queries);
  const positions = rowCount('keys', keys);
  requireCount('query width', queries.width, keys.width);
  requireNumber('query heads a key head', queries.heads / keys.heads, { min: 1, integer: true });
  requireNumber('query rows', queryRows, { min: Math.min(rows, positions), max: positions });
  return positions;
}

/**
 * Attention that each position receives from the last `rows` query rows, summed; causal.
 *
 * @returns float64 [heads, n], of checked signals
 */
export function receivedSums({ queries, keys }: CacheSignals, rows: number): Float64Array {
  const { heads, width } = queries;
  const queryRows = queries.data.length / (heads * width);
  const positions = keys.data.length / (keys.heads * width);
  const sums = new Float64Array(heads * positions);
  const row = new Float64Array(positions);
  for (let head = 0; head < heads; head++) {
    for (let back = Math.min(rows, queryRows); back > 0; back--) {
      const visible = positions - back + 1;
      attentionRow(queries, keys, head, queryRows - back, visible, row);
      for (let key = 0; key < visible; key++) sums[head * positions + key]! += row[key]!;
    }
  }
  return sums;
}
