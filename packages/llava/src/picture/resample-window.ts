import type { PictureKernels } from '@autoprune/kernels';
import type { Extent, Region } from './picture.js';
import type { PixelRows } from './pixel-rows.js';
import { type Axis, combineRows, pixelsRead, planAxis, resampleRow } from './resample-axis.js';
import { resampleNatively } from './resample-natively.js';
import type { ResizeFilter } from './resize-filter.js';

/**
 * Which axis goes first decides how the bytes are rounded between the passes, so it changes results (by up to
 * a few levels). Pillow 13 (python-pillow pull 9549), with which all reference data was made, starts with
 * the height where it shrinks by more than twice the pixels that the width does; Pillow up to 12 never does.
 */
function verticalFirst(source: Extent, size: Extent, filter: ResizeFilter): boolean {
  const shrink = source.height - size.height;
  return filter !== 'nearest' && shrink > 0 && shrink > 2 * (source.width - size.width);
}

/** Writes output row `output` of the window at `at`. */
type RowWriter = (output: number, at: number) => void;

/** Resamples all source rows across, each distinct one once, so that the rows can be combined. */
function acrossFirst(
  source: PixelRows,
  across: Axis,
  down: Axis,
  columns: number,
  result: Uint8ClampedArray,
): RowWriter {
  const { from, to } = pixelsRead(down);
  const stride = columns * source.channels;
  const slotOfKey = new Int32Array(source.keys).fill(-1);
  let slots = 0;
  for (let row = from; row < to; row++) {
    const key = source.keyOf(row);
    if (slotOfKey[key]! < 0) slotOfKey[key] = slots++;
  }
  const narrow = new Uint8ClampedArray(slots * stride);
  for (let row = from, done = 0; row < to; row++) {
    // Slots were given in this order, so a row that comes again has a lower one.
    if (slotOfKey[source.keyOf(row)] !== done) continue;
    resampleRow(narrow, done * stride, source.read(row), source.channels, across);
    done++;
  }
  const sums = new Int32Array(stride);
  const rowOf = (row: number) => {
    const at = slotOfKey[source.keyOf(row)]! * stride;
    return narrow.subarray(at, at + stride);
  };
  return (output, at) => combineRows(result, at, rowOf, down, output, sums);
}

/** Combines the rows of the columns that will be read, then resamples the one row that comes out. */
function downFirst(
  source: PixelRows,
  across: Axis,
  down: Axis,
  result: Uint8ClampedArray,
): RowWriter {
  const { channels } = source;
  const { from, to } = pixelsRead(across);
  const combined = new Uint8ClampedArray(source.width * channels);
  const sums = new Int32Array((to - from) * channels);
  const rowOf = (row: number) => source.read(row).subarray(from * channels, to * channels);
  return (output, at) => {
    combineRows(combined, from * channels, rowOf, down, output, sums);
    resampleRow(result, at, combined, channels, across);
  };
}

/**
 * A window of the source resized to `size`, computed without the rest: one axis, rounded and clipped to bytes,
 * then the other, as Pillow does. What lies outside the resized picture is 0.
 *
 * @param kernels  native kernels, which give the same bytes. Default: TypeScript
 * @returns uint8 [window.height, window.width, channels]
 */
export function resampleWindow(
  source: PixelRows,
  size: Extent,
  filter: ResizeFilter,
  window: Region,
  kernels?: PictureKernels,
): Uint8Array {
  const { channels } = source;
  const result = new Uint8ClampedArray(window.width * window.height * channels);
  const left = Math.max(window.left, 0);
  const top = Math.max(window.top, 0);
  const right = Math.min(window.left + window.width, size.width);
  const bottom = Math.min(window.top + window.height, size.height);
  if (left < right && top < bottom) {
    const across = planAxis(source.width, size.width, filter, left, right);
    // Of a square, as padded pictures are, both axes are one.
    const square = source.width === source.height && size.width === size.height;
    const down =
      square && left === top && right === bottom
        ? across
        : planAxis(source.height, size.height, filter, top, bottom);
    const heightFirst = verticalFirst(source, size, filter);
    const stride = window.width * channels;
    const start = (top - window.top) * stride + (left - window.left) * channels;
    const target = { data: new Uint8Array(result.buffer, start), stride };
    if (kernels && resampleNatively(source, { across, down }, heightFirst, target, kernels)) {
      return new Uint8Array(result.buffer);
    }
    const write = heightFirst
      ? downFirst(source, across, down, result)
      : acrossFirst(source, across, down, right - left, result);
    for (let row = 0; row < bottom - top; row++) write(row, start + row * stride);
  }
  return new Uint8Array(result.buffer);
}
