import { requireNumber } from '../errors.js';
import { dot } from './cosine.js';
import { rotateInPlace } from './rotary.js';
import { type HeadRows, type Matrix, requireCount, rowCount } from './tensors.js';

/** A projection of hidden states to rotated queries or keys. */
export interface HeadProjection {
  /** float32 [heads · headSize, width]: weight of the projection. */
  readonly weight: Matrix;
  readonly headSize: number;
  /** Default 10000. */
  readonly rotaryBase?: number;
}

/**
 * Queries or keys of a layer from its normalised input, where a runtime does not hand them out:
 * projection, then the rotary embedding at the row's position. For PyramidDrop and the second stage of
 * VScan, which look one layer ahead.
 *
 * @param hidden  float32 [rows, width], after the layer's input norm
 * @param positions  int32 [rows]
 * @returns float32 [heads, rows, headSize]
 * @throws ARGUMENT_INVALID for non-finite values or shapes that do not fit together
 */
export function projectHeads(
  hidden: Matrix,
  positions: ArrayLike<number>,
  { weight, headSize, rotaryBase = 10000 }: HeadProjection,
): HeadRows {
  const rows = rowCount('hidden', hidden);
  requireCount('positions', positions.length, rows);
  requireCount('weight width', weight.width, hidden.width);
  requireNumber('pairs of values in a head', headSize / 2, { min: 1, integer: true });
  const heads = rowCount('weight', weight) / headSize;
  requireNumber('heads', heads, { min: 1, integer: true });
  const { width } = hidden;
  const data = new Float32Array(heads * rows * headSize);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const out = (head * rows + row) * headSize;
      for (let channel = 0; channel < headSize; channel++) {
        const from = (head * headSize + channel) * width;
        data[out + channel] = dot(hidden.data, row * width, weight.data, from, width);
      }
      rotateInPlace(data, out, headSize, positions[row]!, rotaryBase);
    }
  }
  return { data, heads, width: headSize };
}
