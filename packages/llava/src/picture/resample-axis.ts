import { type AxisWeights, axisWeights, nearestPixels, WEIGHT_BITS } from './axis-weights.js';
import { type ResizeFilter, WEIGHT_FILTERS } from './resize-filter.js';

const HALF = 1 << (WEIGHT_BITS - 1);

/** One axis of a resize: weights, or the source pixel to copy for each output pixel (−1: black). */
export type Axis = { readonly weights: AxisWeights } | { readonly copy: Int32Array };

/** How the output pixels [from, to) of an axis are made. Where the size stays, pixels are copied, as in Pillow. */
export function planAxis(
  inSize: number,
  outSize: number,
  filter: ResizeFilter,
  from: number,
  to: number,
): Axis {
  if (inSize === outSize) {
    return { copy: Int32Array.from({ length: to - from }, (_, index) => from + index) };
  }
  if (filter === 'nearest') return { copy: nearestPixels(inSize, outSize, from, to) };
  return { weights: axisWeights(inSize, outSize, WEIGHT_FILTERS[filter], from, to) };
}

/** The source pixels that an axis reads, [from, to). */
export function pixelsRead(axis: Axis): { from: number; to: number } {
  const firsts = 'copy' in axis ? axis.copy : axis.weights.first;
  let from = Infinity;
  let to = 0;
  for (let output = 0; output < firsts.length; output++) {
    const first = firsts[output]!;
    if (first < 0) continue;
    from = Math.min(from, first);
    to = Math.max(to, first + ('copy' in axis ? 1 : axis.weights.count[output]!));
  }
  return { from: Math.min(from, to), to };
}

/** Horizontal: the three sums of RGB in one walk over the weights, several times faster than the general form. */
function weighRgb(out: Uint8ClampedArray, at: number, row: ArrayLike<number>, axis: AxisWeights) {
  const { first, count, weights, stride } = axis;
  let to = at;
  for (let output = 0; output < first.length; output++) {
    const end = output * stride + count[output]!;
    let from = first[output]! * 3;
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    for (let tap = output * stride; tap < end; tap++) {
      const weight = weights[tap]!;
      red += row[from++]! * weight;
      green += row[from++]! * weight;
      blue += row[from++]! * weight;
    }
    out[to++] = red >> WEIGHT_BITS;
    out[to++] = green >> WEIGHT_BITS;
    out[to++] = blue >> WEIGHT_BITS;
  }
}

function weighPixels(
  out: Uint8ClampedArray,
  at: number,
  row: ArrayLike<number>,
  channels: number,
  axis: AxisWeights,
) {
  const { first, count, weights, stride } = axis;
  for (let output = 0; output < first.length; output++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = HALF;
      for (let tap = 0; tap < count[output]!; tap++) {
        sum += row[(first[output]! + tap) * channels + channel]! * weights[output * stride + tap]!;
      }
      out[at + output * channels + channel] = sum >> WEIGHT_BITS;
    }
  }
}

/**
 * Resamples one row across.
 *
 * @param out  written from `at` on: uint8 [outputs of the axis, channels], clipped by its type
 * @param row  uint8 [source width, channels]
 */
export function resampleRow(
  out: Uint8ClampedArray,
  at: number,
  row: ArrayLike<number>,
  channels: number,
  axis: Axis,
): void {
  if ('weights' in axis) {
    if (channels === 3) weighRgb(out, at, row, axis.weights);
    else weighPixels(out, at, row, channels, axis.weights);
    return;
  }
  for (let output = 0; output < axis.copy.length; output++) {
    const pixel = axis.copy[output]!;
    if (pixel < 0) continue;
    for (let channel = 0; channel < channels; channel++) {
      out[at + output * channels + channel] = row[pixel * channels + channel]!;
    }
  }
}

/**
 * Makes one output row of an axis downwards.
 *
 * @param out  written from `at` on, as many bytes as the rows have
 * @param rowOf  uint8 [columns · channels] of a source row; read before the next call
 * @param sums  int32 [columns · channels], scratch
 */
export function combineRows(
  out: Uint8ClampedArray,
  at: number,
  rowOf: (row: number) => Uint8Array | Uint8ClampedArray,
  axis: Axis,
  output: number,
  sums: Int32Array,
): void {
  if ('copy' in axis) {
    const row = axis.copy[output]!;
    if (row >= 0) out.set(rowOf(row), at);
    return;
  }
  const { first, count, weights, stride } = axis.weights;
  sums.fill(HALF);
  for (let tap = 0; tap < count[output]!; tap++) {
    const row = rowOf(first[output]! + tap);
    const weight = weights[output * stride + tap]!;
    for (let index = 0; index < sums.length; index++) sums[index]! += row[index]! * weight;
  }
  for (let index = 0; index < sums.length; index++) out[at + index] = sums[index]! >> WEIGHT_BITS;
}
