import { AutopruneError, requireNumber } from '../errors.js';

/** Published constants of AutoPrune, for 32 layers (scripts and `modelling_sparse_llama.py`). */
export const AUTOPRUNE_DEFAULTS = {
  /** Midpoint of the logistic curve, in layers. */
  x0: 14.9,
  /** Slope at zero complexity. */
  k0: 0.4,
  /** Fall of the slope per bit of mutual information. */
  gamma: 0.2,
  /** Height of the logistic curve, A. */
  amplitude: 0.75,
  /** Tokens after the first cut, in units of the target. */
  capFactor: 2.5,
  /** Share of the dropped tokens that is merged. */
  mergeShare: 0.3,
  /** Merged tokens per cluster. */
  mergeDivisor: 10,
} as const;

/** A logistic retention curve over the decoder's layers. */
export interface RetentionCurve {
  /** Decoder layers, L ≥ 1. */
  readonly layers: number;
  /** Slope k; 0 gives a flat curve at A / 2. */
  readonly slope: number;
  /** Midpoint in layers. The published code passes x0 + k. */
  readonly midpoint: number;
  /** Height A. Default 0.75. */
  readonly amplitude?: number;
}

/** Exponents beyond this return the limit of the curve: e⁻⁴⁰ of a token is no token. */
const EXPONENT_LIMIT = 40;

/**
 * Share of visual tokens kept after layer l = 1 … L − 1, before budget scaling (paper §3.3):
 *
 *   p(l) = A / (1 + exp(k · (l − midpoint)))
 *
 * The exponent is clamped to ±40, so that a very steep curve has a limit instead of an overflow and can
 * still be scaled up to any budget.
 *
 * @returns float64 [L − 1], not rising for k ≥ 0
 * @throws ARGUMENT_INVALID for a slope or midpoint that is not finite, or layers below 1
 */
export function retentionCurve(curve: RetentionCurve): Float64Array {
  const { layers, slope, midpoint, amplitude = AUTOPRUNE_DEFAULTS.amplitude } = curve;
  requireNumber('layers', layers, { min: 1, integer: true });
  requireNumber('slope', slope);
  requireNumber('midpoint', midpoint);
  requireNumber('amplitude', amplitude, { min: Number.MIN_VALUE });
  return Float64Array.from({ length: layers - 1 }, (_, index) => {
    const exponent = slope * (index + 1 - midpoint);
    const clamped = Math.min(Math.max(exponent, -EXPONENT_LIMIT), EXPONENT_LIMIT);
    return amplitude / (1 + Math.exp(clamped));
  });
}

/**
 * Slope of the curve for a complexity: k = max(k0 − γ · MI, 0).
 *
 * @throws ARGUMENT_INVALID for NaN, which the published code passes on until its schedule fails
 */
export function slopeOf(
  complexity: number,
  options: { readonly k0?: number | undefined; readonly gamma?: number | undefined } = {},
): number {
  const { k0 = AUTOPRUNE_DEFAULTS.k0, gamma = AUTOPRUNE_DEFAULTS.gamma } = options;
  const slope = k0 - gamma * complexity;
  if (Number.isNaN(slope)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `The slope k0 − gamma · complexity is not a number (k0 ${k0}, gamma ${gamma}, complexity ${complexity})`,
      { k0, gamma, complexity },
    );
  }
  return Math.max(slope, 0);
}
