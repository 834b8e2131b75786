/** Values of a 4-bit block that share a scale. */
export const INT4_BLOCK = 128;

/** Largest magnitude of an 8-bit weight: all of int8, or what the products of older processors can add up. */
export type Int8Range = 127 | 63;

/** A matrix [out, in] as 8-bit integers [in, out] with one scale an output. */
export interface Int8Matrix {
  readonly values: Int8Array;
  /** float32 [out]. */
  readonly scales: Float32Array;
}

/** Columns that are transposed together, so that what is written stays in the cache. */
const TILE = 16;

/**
 * Quantizes rows of a matrix [out, in] to symmetric 8-bit integers with one scale a row, into `matrix`, which is stored
 * transposed: that is how integer matrix products take their weights.
 *
 * @param rows  float32 [count, in], rows `from` … of the matrix
 * @param outputs  rows of the whole matrix
 */
export function quantizeInt8Rows(
  rows: Float32Array,
  from: number,
  outputs: number,
  range: Int8Range,
  matrix: Int8Matrix,
): void {
  const width = matrix.values.length / outputs;
  const count = rows.length / width;
  const inverse = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const largest = largestMagnitude(rows, row * width, (row + 1) * width);
    matrix.scales[from + row] = largest / range;
    // From the scale as it is stored, so that what is multiplied back is what was divided by.
    inverse[row] = largest > 0 ? 1 / matrix.scales[from + row]! : 0;
  }
  const { values } = matrix;
  for (let start = 0; start < width; start += TILE) {
    const end = Math.min(start + TILE, width);
    for (let row = 0; row < count; row++) {
      const factor = inverse[row]!;
      for (let column = start; column < end; column++) {
        const scaled = rows[row * width + column]! * factor;
        values[column * outputs + from + row] = clamp(Math.round(scaled), -range, range);
      }
    }
  }
}

/** A matrix [out, in] in blocks of 4-bit integers, as onnxruntime's MatMulNBits takes it. */
export interface Int4Matrix {
  /** uint8 [out, blocks, block / 2], the lower half of a byte first; 8 stands for zero. */
  readonly values: Uint8Array;
  /** float32 [out · blocks]. */
  readonly scales: Float32Array;
}

/** Blocks in a row of `width` values; the last may be partly empty. */
export function int4Blocks(width: number, block: number = INT4_BLOCK): number {
  return Math.ceil(width / block);
}

/** An empty 4-bit matrix. */
export function int4Matrix(outputs: number, width: number, block: number = INT4_BLOCK): Int4Matrix {
  const blocks = outputs * int4Blocks(width, block);
  return {
    values: new Uint8Array((blocks * block) / 2),
    scales: new Float32Array(blocks),
  };
}

/**
 * Quantizes rows of a matrix [out, in] to 4-bit integers −8 … 7 with one scale a block.
 *
 * @param rows  float32 [count, in], rows `from` … of the matrix
 */
export function quantizeInt4Rows(
  rows: Float32Array,
  width: number,
  from: number,
  matrix: Int4Matrix,
  block: number = INT4_BLOCK,
): void {
  const blocks = int4Blocks(width, block);
  const count = rows.length / width;
  for (let row = 0; row < count; row++) {
    for (let index = 0; index < blocks; index++) {
      const start = row * width + index * block;
      const end = Math.min(start + block, (row + 1) * width);
      const target = (from + row) * blocks + index;
      const scale = Math.fround(int4Scale(rows, start, end));
      matrix.scales[target] = scale;
      packBlock(rows, start, end, scale, matrix.values, (target * block) / 2, block);
    }
  }
}

/** The value of largest magnitude becomes −8, so that all sixteen values are used. */
function int4Scale(values: Float32Array, start: number, end: number): number {
  let extreme = 0;
  for (let i = start; i < end; i++) {
    if (Math.abs(values[i]!) > Math.abs(extreme)) extreme = values[i]!;
  }
  return extreme / -8;
}

function packBlock(
  values: Float32Array,
  start: number,
  end: number,
  scale: number,
  packed: Uint8Array,
  offset: number,
  block: number,
): void {
  const factor = scale === 0 ? 0 : 1 / scale;
  const quantized = (i: number): number =>
    i < end ? clamp(Math.round(values[i]! * factor), -8, 7) + 8 : 8;
  for (let pair = 0; pair < block / 2; pair++) {
    const i = start + 2 * pair;
    packed[offset + pair] = quantized(i) | (quantized(i + 1) << 4);
  }
}

function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(high, value));
