import type { AddonFunctions } from './addon.js';

/** Which inputs make each of a run of outputs along one axis, and with which weight. */
export interface ResampleWeights {
  /** int32 [outputs]: first input of each output. */
  readonly first: Int32Array;
  /** int32 [outputs]: number of inputs, at most the weights of an output. */
  readonly count: Int32Array;
  /** int32 [outputs, stride]: weights in units of 2^−22. */
  readonly weights: Int32Array;
}

/**
 * The passes that make pixel values of a picture. They write to `out` and return true, or return false where an index is
 * out of range or memory is short; `out` means nothing then and the caller computes it itself.
 *
 * A weighed byte is the sum of input · weight + 2^21, shifted right by 22 bits and clipped to [0, 255], as Pillow's.
 */
export interface PictureKernels {
  /**
   * Weighs the pixels of every row.
   *
   * @param source  uint8 [rows, columns, channels], 1 to 4 channels; read only
   * @param out  uint8 [rows, outputs, channels], rows `outStride` bytes apart
   */
  weighColumns(
    source: Uint8Array,
    shape: { readonly rows: number; readonly columns: number; readonly channels: number },
    axis: ResampleWeights,
    out: Uint8Array,
    outStride: number,
  ): boolean;
  /**
   * Weighs whole rows.
   *
   * @param source  uint8 rows of `bytes` bytes, `stride` apart; read only
   * @param rows  int32: the row of source that each input of the axis is
   * @param out  uint8 [outputs, bytes], rows `outStride` bytes apart
   */
  weighRows(
    source: Uint8Array,
    shape: { readonly stride: number; readonly bytes: number },
    rows: Int32Array,
    axis: ResampleWeights,
    out: Uint8Array,
    outStride: number,
  ): boolean;
  /** (byte · factor, rounded to float32, − mean) / deviation in float32, for each of `pixels`. */
  normalisePixels(
    pixels: Uint8Array,
    scale: { readonly factor: number; readonly mean: number; readonly deviation: number },
    out: Float32Array,
  ): boolean;
}

/** The passes of an addon. */
export function pictureKernels(functions: AddonFunctions): PictureKernels {
  return {
    weighColumns(source, { rows, columns, channels }, { first, count, weights }, out, outStride) {
      return functions.weighColumns(
        source,
        rows,
        columns,
        channels,
        first,
        count,
        weights,
        out,
        outStride,
      );
    },
    weighRows(source, { stride, bytes }, rows, { first, count, weights }, out, outStride) {
      return functions.weighRows(
        source,
        stride,
        bytes,
        rows,
        first,
        count,
        weights,
        out,
        outStride,
      );
    },
    normalisePixels(pixels, { factor, mean, deviation }, out) {
      return functions.normalisePixels(pixels, factor, mean, deviation, out);
    },
  };
}
