import { attentionRow } from '../select/attention-row.js';
import type { CacheSignals } from '../select/cache-attention.js';
import { importancePerHead } from '../select/cache-selection.js';
import { otherRows } from '../select/other-rows.js';
import { rankTokens } from '../select/top-tokens.js';

/** A cache that is held at its size while tokens come in. */
export interface CacheLimit {
  /** Rows that stay. */
  readonly capacity: number;
  /** Of them, the most recent ones that always do. */
  readonly window: number;
}

/**
 * StreamingLLM while decoding (paper, section 3.2): the first rows stay, and the window slides over the others.
 *
 * @param rows  cached rows n, the latest token's last
 * @returns int32 [min(n, capacity)], ascending
 */
export function streamingllmStep(rows: number, { capacity, window }: CacheLimit): Int32Array {
  const first = capacity - window;
  const skipped = Math.max(0, rows - capacity);
  return Int32Array.from({ length: rows - skipped }, (_, index) =>
    index < first ? index : index + skipped,
  );
}

/**
 * Attention that the cached rows have received, with that of the latest token added.
 *
 * @param before  float32 [n − 1] of every key/value head: sums up to the token before
 * @param signals  queries float32 [heads, 1, width] of the latest token, keys of all n rows
 * @param headAdaptive  false: the sum over all heads, the same for each
 * @returns float32 [n], one array a key/value head
 */
export function addReceived(
  before: readonly Float32Array[],
  { queries, keys }: CacheSignals,
  headAdaptive: boolean,
): Float32Array[] {
  const rows = before[0]!.length + 1;
  const received = new Float64Array(queries.heads * rows);
  const row = new Float64Array(rows);
  for (let head = 0; head < queries.heads; head++) {
    attentionRow(queries, keys, head, 0, rows, row);
    received.set(row, head * rows);
  }
  const latest = importancePerHead(received, queries.heads, keys.heads, rows, headAdaptive);
  return latest.map((sums, head) => sums.map((sum, index) => sum + (before[head]![index] ?? 0)));
}

/**
 * H2O while decoding (paper, algorithm 1): where there is a row too many, the one before the window that has received
 * least goes; of equals the last.
 *
 * @param received  float32 [n] of one key/value head
 * @returns int32 [min(n, capacity)], ascending
 */
export function h2oStep(received: Float32Array, { capacity, window }: CacheLimit): Int32Array {
  const excess = Math.max(0, received.length - capacity);
  const candidates = Math.max(0, received.length - window);
  const best = rankTokens(received.subarray(0, candidates), candidates);
  return otherRows(received.length, best.subarray(candidates - Math.min(excess, candidates)));
}
