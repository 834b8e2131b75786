import type { PictureKernels } from '@autoprune/kernels';
import type { AxisWeights } from './axis-weights.js';
import type { PixelRows } from './pixel-rows.js';
import { type Axis, pixelsRead } from './resample-axis.js';

/** Where the resized pixels go. */
interface Target {
  /** uint8, from the first pixel on. */
  readonly data: Uint8Array;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** Rows that are handed over at a time where they do not lie together already: few enough for a cache. */
const BATCH_ROWS = 16;

/** The same weights for inputs that are numbered from `from` on. */
const shifted = (axis: AxisWeights, from: number): AxisWeights => ({
  ...axis,
  first: axis.first.map((first) => first - from),
});

/** Weighs the pixels of the rows `rows` of a source into `narrow`, one row after the other. */
function narrowRows(
  source: PixelRows,
  rows: Int32Array,
  axis: AxisWeights,
  narrow: Uint8Array,
  kernels: PictureKernels,
): boolean {
  const { width, channels } = source;
  const stride = axis.first.length * channels;
  const bytes = width * channels;
  if (source.data) {
    // No two of its rows share a key, so that these follow one another.
    const shape = { rows: rows.length, columns: width, channels };
    return kernels.weighColumns(
      source.data.subarray(rows[0]! * bytes),
      shape,
      axis,
      narrow,
      stride,
    );
  }
  const batch = new Uint8Array(BATCH_ROWS * bytes);
  for (let start = 0; start < rows.length; start += BATCH_ROWS) {
    const some = rows.subarray(start, start + BATCH_ROWS);
    some.forEach((row, index) => {
      batch.set(source.read(row), index * bytes);
    });
    const shape = { rows: some.length, columns: width, channels };
    const out = narrow.subarray(start * stride);
    if (!kernels.weighColumns(batch, shape, axis, out, stride)) return false;
  }
  return true;
}

function acrossFirst(
  source: PixelRows,
  across: AxisWeights,
  down: AxisWeights,
  target: Target,
  kernels: PictureKernels,
): boolean {
  const { from, to } = pixelsRead({ weights: down });
  // Distinct rows alone; a row that comes again is the one that was there.
  const slotOfKey = new Map<number, number>();
  const distinct: number[] = [];
  const slots = new Int32Array(to - from);
  for (let row = from; row < to; row++) {
    const key = source.keyOf(row);
    const slot = slotOfKey.get(key) ?? distinct.length;
    if (slot === distinct.length) {
      slotOfKey.set(key, slot);
      distinct.push(row);
    }
    slots[row - from] = slot;
  }
  const stride = across.first.length * source.channels;
  const narrow = new Uint8Array(distinct.length * stride);
  return (
    narrowRows(source, Int32Array.from(distinct), across, narrow, kernels) &&
    kernels.weighRows(
      narrow,
      { stride, bytes: stride },
      slots,
      shifted(down, from),
      target.data,
      target.stride,
    )
  );
}

function downFirst(
  source: PixelRows & { readonly data: Uint8Array },
  across: AxisWeights,
  down: AxisWeights,
  target: Target,
  kernels: PictureKernels,
): boolean {
  const { channels, width, height, data } = source;
  const { from, to } = pixelsRead({ weights: across });
  const outputs = down.first.length;
  const bytes = (to - from) * channels;
  const combined = new Uint8Array(outputs * bytes);
  const shape = { rows: outputs, columns: to - from, channels };
  return (
    kernels.weighRows(
      data.subarray(from * channels),
      { stride: width * channels, bytes },
      Int32Array.from({ length: height }, (_, row) => row),
      down,
      combined,
      bytes,
    ) && kernels.weighColumns(combined, shape, shifted(across, from), target.data, target.stride)
  );
}

/**
 * Resamples both axes with native kernels, to the same bytes.
 *
 * @param heightFirst  which axis is rounded to bytes first
 * @returns whether that was done; false where an axis is copied, where rows that are needed often do not lie in memory, and
 *   where the kernels refuse
 */
export function resampleNatively(
  source: PixelRows,
  axes: { readonly across: Axis; readonly down: Axis },
  heightFirst: boolean,
  target: Target,
  kernels: PictureKernels,
): boolean {
  const { across, down } = axes;
  if ('copy' in across || 'copy' in down) return false;
  if (!heightFirst) return acrossFirst(source, across.weights, down.weights, target, kernels);
  const { data } = source;
  return (
    data !== undefined &&
    downFirst({ ...source, data }, across.weights, down.weights, target, kernels)
  );
}
