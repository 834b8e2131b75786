import type { WeightFilter } from './resize-filter.js';

/** Fraction bits of a weight: 32 less 8 for the pixel and 2 for filters that overshoot. */
export const WEIGHT_BITS = 22;
const WEIGHT_UNITS = 2 ** WEIGHT_BITS;

/** Which source pixels make each of a run of output pixels, along one axis. */
export interface AxisWeights {
  /** int32 [outputs]: first source pixel of each output pixel. */
  readonly first: Int32Array;
  /** int32 [outputs]: number of source pixels, ≤ stride. */
  readonly count: Int32Array;
  /** int32 [outputs, stride]: weights in units of 2^−22. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * Fixed-point weights of the output pixels [from, to) when `inSize` pixels become `outSize`.
 *
 * The arithmetic is Pillow's, operation by operation, since a weight that is off by one unit can move a byte:
 * the support grows with the shrink ratio (antialiasing), the weights are normalised in float64 and only
 * then rounded, halves away from zero.
 */
export function axisWeights(
  inSize: number,
  outSize: number,
  filter: WeightFilter,
  from: number,
  to: number,
): AxisWeights {
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const perPixel = 1 / filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const outputs = to - from;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weights = new Int32Array(outputs * stride);
  const raw = new Float64Array(stride);
  for (let output = 0; output < outputs; output++) {
    const center = (from + output + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const taps = Math.min(Math.trunc(center + support + 0.5), inSize) - start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = filter.weight((tap + start - center + 0.5) * perPixel);
      raw[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) {
      const scaled = (sum === 0 ? raw[tap]! : raw[tap]! / sum) * WEIGHT_UNITS;
      weights[output * stride + tap] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    first[output] = start;
    count[output] = taps;
  }
  return { first, count, weights, stride };
}

/**
 * The source pixel that `nearest` shows at each of the output pixels [from, to); −1 where there is none.
 *
 * Pillow adds the step up instead of multiplying, so its rounding errors grow along the axis and the last
 * pixel can fall outside; the sum therefore starts at pixel 0 whatever `from` is.
 */
export function nearestPixels(
  inSize: number,
  outSize: number,
  from: number,
  to: number,
): Int32Array {
  const step = inSize / outSize;
  const pixels = new Int32Array(to - from);
  let position = step * 0.5;
  for (let output = 0; output < to; output++) {
    const pixel = Math.trunc(position);
    if (output >= from) pixels[output - from] = pixel < inSize ? pixel : -1;
    position += step;
  }
  return pixels;
}
