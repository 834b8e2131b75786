import type { FloatTensor } from './session.js';

/** Bytes of attention weights that one run may make. */
const SCORE_BYTES = 96 * 1024 * 1024;

/** Fewer keys than this are not worth a copy of those that can be seen. */
const LONG_CACHE = 256;
/** Blocks of a long prompt: each sees only the keys before its end, so that most of what is hidden is never computed. */
const CAUSAL_BLOCKS = 4;

/** A run of queries that attend together. */
export interface AttentionBlock {
  readonly start: number;
  readonly end: number;
  /** Rows of the cache that the last query sees, where looking at all of them would be a waste. */
  readonly visible: number | undefined;
}

/**
 * Cuts queries into blocks, so that the weights [heads, rows, keys] stay bounded and a long prompt does not compute
 * what its causal mask hides.
 *
 * @param index  cache row of each query, ascending
 * @param capacity  rows of the cache
 */
export function attentionBlocks(
  heads: number,
  index: Int32Array,
  capacity: number,
): AttentionBlock[] {
  const bounded = Math.max(16, Math.floor(SCORE_BYTES / (4 * heads * Math.max(capacity, 1))));
  const long = capacity >= LONG_CACHE && index.length >= LONG_CACHE / CAUSAL_BLOCKS;
  const rows = long ? Math.min(bounded, Math.ceil(index.length / CAUSAL_BLOCKS)) : bounded;
  const blocks: AttentionBlock[] = [];
  for (let start = 0; start < index.length; start += rows) {
    const end = Math.min(start + rows, index.length);
    const visible = index[end - 1]! + 1;
    blocks.push({ start, end, visible: long && visible < capacity ? visible : undefined });
  }
  return blocks;
}

/** Rows of every head, [heads, rows, width]. */
function rowsOfHeads({ data, shape }: FloatTensor, head: number): Float32Array {
  const size = shape[1]! * shape[2]!;
  return data.subarray(head * size, (head + 1) * size);
}

/** Puts a block [heads, rows, width] into x [heads, all rows, width], from row `start`. */
export function putRows(block: FloatTensor, x: Float32Array, start: number): void {
  const [heads, , width] = block.shape as readonly [number, number, number];
  const stride = x.length / heads;
  for (let head = 0; head < heads; head++) {
    x.set(rowsOfHeads(block, head), head * stride + start * width);
  }
}

/** Fills a block [heads, rows, width] from x [heads, all rows, width], from row `start`. */
export function takeRows(x: Float32Array, block: FloatTensor, start: number): FloatTensor {
  const [heads, rows, width] = block.shape as readonly [number, number, number];
  const stride = x.length / heads;
  for (let head = 0; head < heads; head++) {
    const from = head * stride + start * width;
    rowsOfHeads(block, head).set(x.subarray(from, from + rows * width));
  }
  return block;
}
