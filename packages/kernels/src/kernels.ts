import { AutopruneError, type RowMap, referenceKernels, type TokenKernels } from '@autoprune/core';
import {
  referenceSelectionKernels,
  type SelectionKernels,
} from '@autoprune/core/selection-kernels';

/**
 * All primitives: those that a runtime needs, and those of methods that compare tokens. Where rows go to memory that is
 * given (`into`) most of the time is saved: new memory costs several times what the copy does.
 */
export interface Kernels extends TokenKernels, SelectionKernels {
  /**
   * Rows `rows` of source [n, width] → [rows.length, width].
   *
   * @param into  written and returned; of another buffer than `source`. Default: a new array
   * @throws ARGUMENT_INVALID when `into` has another length or the buffer of `source`
   */
  gatherRows(
    source: Float32Array,
    width: number,
    rows: Int32Array,
    into?: Float32Array,
  ): Float32Array;
  /**
   * Weighted sums of rows of source [map.inputRows, width] → [map.outputRows, width].
   *
   * @param into  as for `gatherRows`
   * @throws ARGUMENT_INVALID when `source` or `into` has another length, or `into` the buffer of `source`
   */
  mapRows(source: Float32Array, width: number, map: RowMap, into?: Float32Array): Float32Array;
}

/** True where `into` can hold `length` values made of `source`, or a new array is to. */
export const isOutput = (
  into: Float32Array | undefined,
  length: number,
  source: Float32Array,
): boolean => into === undefined || (into.length === length && into.buffer !== source.buffer);

/** `rows`, in the memory `into` where it is given. */
function handOver(rows: Float32Array, source: Float32Array, into?: Float32Array): Float32Array {
  if (!into) return rows;
  if (!isOutput(into, rows.length, source)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected ${rows.length} values in another buffer than source for into but received ${into.length}${into.buffer === source.buffer ? ' in that of source' : ''}`,
      { expected: rows.length, length: into.length },
    );
  }
  into.set(rows);
  return into;
}

/** Plain TypeScript, the definition of correct. */
export const typescriptKernels: Kernels = {
  ...referenceKernels,
  ...referenceSelectionKernels,
  gatherRows: (source, width, rows, into) =>
    handOver(referenceKernels.gatherRows(source, width, rows), source, into),
  mapRows: (source, width, map, into) =>
    handOver(referenceKernels.mapRows(source, width, map), source, into),
};
