import { AutopruneError } from '@autoprune/core';
import type { AddonFunctions } from './addon.js';
import { guarded } from './guarded.js';

/**
 * Rows of a cache in fewer bits and back. What they write must have the length of what they read, and another buffer.
 *
 * @throws ARGUMENT_INVALID for another length
 */
export interface CacheKernels {
  /**
   * The nearest numbers of IEEE half precision, ties to even; infinity beyond ±65 504.
   *
   * @param halves  gets their bits
   */
  packHalves(values: Float32Array, halves: Uint16Array): void;
  /** Exact. */
  unpackHalves(halves: Uint16Array, values: Float32Array): void;
  /**
   * The nearest 8-bit integers, ties to even, the largest of a row being 127 times its scale. A row with a value that is
   * not finite is NaN when it is unpacked.
   *
   * @param values  float32 [rows, width]
   * @param scales  float32 [rows], written
   */
  packBytes(values: Float32Array, bytes: Int8Array, scales: Float32Array): void;
  /** Integers [rows, width] times the scales of their rows. */
  unpackBytes(bytes: Int8Array, scales: Float32Array, values: Float32Array): void;
}

const HIGHEST = 127;
/** What a sum with it has rounded, a whole number, in its low bits. */
const MAGIC = 1.5 * 2 ** 23;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bitsOf(value: number): number {
  float[0] = value;
  return bits[0]!;
}

function floatOf(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

/** Bits of half precision: a sign, 5 bits of exponent, 10 of fraction. */
function halfOf(value: number): number {
  const pattern = bitsOf(value);
  const sign = (pattern >>> 16) & 0x8000;
  const size = pattern & 0x7fff_ffff;
  if (size > 0x7f80_0000) return sign | 0x7e00;
  if (size >= 0x477f_f000) return sign | 0x7c00;
  if (size >= 0x3880_0000) {
    // The last bit that stays decides a tie.
    return sign | ((size - 0x3800_0000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  }
  // Below 2^−14 halves are multiples of 2^−24, which the sum with 0.5 rounds to.
  return sign | (bitsOf(Math.abs(value) + 0.5) & 0x7ff);
}

function numberOf(half: number): number {
  const size = half & 0x7fff;
  // As the bits of a float32 the exponent is 112 too small.
  const value =
    size >= 0x7c00 ? floatOf(0x7f80_0000 | (size << 13)) : floatOf(size << 13) * 2 ** 112;
  return half & 0x8000 ? -value : value;
}

function requireLength(name: string, expected: number, actual: number): void {
  if (expected === actual) return;
  throw new AutopruneError(
    'ARGUMENT_INVALID',
    `Expected ${expected} values for ${name} but received ${actual}`,
    { name, expected, actual },
  );
}

/** Values of a row, where each row has a scale. */
function rowWidth(values: number, rows: number): number {
  if (rows === 0 ? values !== 0 : values % rows !== 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected whole rows, a scale for each, but received ${values} values and ${rows} scales`,
      { values, rows },
    );
  }
  return rows === 0 ? 0 : values / rows;
}

/** Plain TypeScript, the definition of correct. */
export const typescriptCacheKernels: CacheKernels = {
  packHalves(values, halves) {
    requireLength('halves', values.length, halves.length);
    for (let i = 0; i < values.length; i++) halves[i] = halfOf(values[i]!);
  },
  unpackHalves(halves, values) {
    requireLength('values', halves.length, values.length);
    for (let i = 0; i < halves.length; i++) values[i] = numberOf(halves[i]!);
  },
  packBytes(values, bytes, scales) {
    requireLength('bytes', values.length, bytes.length);
    const width = rowWidth(values.length, scales.length);
    scales.forEach((_, row) => {
      const start = row * width;
      let largest = 0;
      for (let i = start; i < start + width; i++) largest = Math.max(largest, Math.abs(values[i]!));
      scales[row] = largest / HIGHEST;
      const inverse = largest > 0 ? Math.fround(HIGHEST / largest) : 0;
      for (let i = start; i < start + width; i++) {
        // An Int8Array takes the low byte.
        bytes[i] = bitsOf(Math.fround(values[i]! * inverse) + MAGIC);
      }
    });
  },
  unpackBytes(bytes, scales, values) {
    requireLength('values', bytes.length, values.length);
    const width = rowWidth(bytes.length, scales.length);
    scales.forEach((scale, row) => {
      for (let i = row * width; i < (row + 1) * width; i++) values[i] = bytes[i]! * scale;
    });
  },
};

/** The functions of an addon. */
export function cacheKernels({
  packHalves,
  unpackHalves,
  packBytes,
  unpackBytes,
}: AddonFunctions): CacheKernels {
  return guarded({ packHalves, unpackHalves, packBytes, unpackBytes });
}
