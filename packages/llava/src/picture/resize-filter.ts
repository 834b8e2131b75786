/** Pillow's resampling filters. */
export type ResizeFilter = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming';

/** The filters in the order of Pillow's numbers, which processor files store as `resample`. */
export const RESIZE_FILTERS: readonly ResizeFilter[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

/** A filter that weighs source pixels by their distance. */
export interface WeightFilter {
  /** Weight beyond this distance is zero; in source pixels when enlarging. */
  readonly support: number;
  weight(distance: number): number;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}

// Single-precision constants in Pillow; the difference reaches the 22-bit weights.
const HAMMING_BASE = Math.fround(0.54);
const HAMMING_WAVE = Math.fround(0.46);

/** Cubic convolution with a = −0.5 (Keys 1981), in Horner form. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

/** Weights of every filter but `nearest`, with the half-open ends that Pillow gives them. */
export const WEIGHT_FILTERS: Readonly<Record<Exclude<ResizeFilter, 'nearest'>, WeightFilter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight(distance) {
      const x = Math.abs(distance);
      if (x === 0) return 1;
      return x >= 1 ? 0 : sinc(x) * (HAMMING_BASE + HAMMING_WAVE * Math.cos(x * Math.PI));
    },
  },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};
