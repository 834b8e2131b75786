import type { FloatTensor } from './session.js';

/**
 * Operations (two a multiply-add) of one matrix product. onnxruntime looks for an abort between two operators: this many
 * take some 20 ms in 8 bits on two cores. Every block reads the weights anew, so that a pruned prompt should be one.
 */
const PRODUCT_OPERATIONS = 3e10;

/** Rows [start, end). */
export interface RowBlock {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts rows into blocks that are computed one after another.
 *
 * @param weights  elements of the largest matrix that they are multiplied with
 */
export function rowBlocks(rows: number, weights: number): RowBlock[] {
  const most = Math.max(16, Math.floor(PRODUCT_OPERATIONS / (2 * weights)));
  const count = Math.ceil(rows / most);
  // Of about equal length: a short last block would read all weights for a few rows.
  return Array.from({ length: count }, (_, index) => ({
    start: Math.floor((rows * index) / count),
    end: Math.floor((rows * (index + 1)) / count),
  }));
}

/** Rows [start, end) of x [rows, width], in its memory. */
export function floatRows(x: Float32Array, start: number, end: number, width: number): FloatTensor {
  return { data: x.subarray(start * width, end * width), shape: [end - start, width] };
}
