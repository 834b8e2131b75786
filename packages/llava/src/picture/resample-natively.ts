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

/**
 * Bytes that are handed over at a time where rows do not lie together already: few enough for a cache, and enough for
 * several threads.
 */
const BATCH_BYTES = 1 << 20;

/** The same weights for inputs that are numbered from `from` on. */
const shifted = (axis: AxisWeights, from: number): AxisWeights => ({
  ...axis,
  first: axis.first.map((first) => first - from),
});

/** Weighs the pixels of the rows `rows` of a source, ascending, into `narrow`, one row after the other. */
function narrowRows(
  source: PixelRows,
  rows: Int32Array,
  axis: AxisWeights,
  narrow: Uint8Array,
  kernels: PictureKernels,
): boolean {
  const { width, channels, stored } = source;
  const stride = axis.first.length * channels;
  const bytes = width * channels;
  const weigh = (pixels: Uint8Array, count: number, slot: number) =>
    kernels.weighColumns(
      pixels,
      { rows: count, columns: width, channels },
      axis,
      narrow.subarray(slot * stride),
      stride,
    );
  const batchRows = stored ? 1 : Math.max(1, Math.floor(BATCH_BYTES / bytes));
  const batch = new Uint8Array(batchRows * bytes);
  for (let slot = 0; slot < rows.length; ) {
    const row = rows[slot]!;
    if (stored && row >= stored.from && row < stored.to) {
      const count = Math.min(rows.length - slot, stored.to - row);
      if (!weigh(stored.data.subarray((row - stored.from) * bytes), count, slot)) return false;
      slot += count;
      continue;
    }
    const some = rows.subarray(slot, slot + batchRows);
    some.forEach((each, index) => {
      batch.set(source.read(each), index * bytes);
    });
    if (!weigh(batch, some.length, slot)) return false;
    slot += some.length;
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
  source: PixelRows,
  data: Uint8Array,
  across: AxisWeights,
  down: AxisWeights,
  target: Target,
  kernels: PictureKernels,
): boolean {
  const { channels, width, height } = source;
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
  const { stored } = source;
  if (stored?.from !== 0 || stored.to !== source.height) return false;
  return downFirst(source, stored.data, across.weights, down.weights, target, kernels);
}
