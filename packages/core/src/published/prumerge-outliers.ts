import { percentile } from '../select/percentile.js';

/** Interquartile ranges above the third quartile at which a token is an outlier. */
const FENCE = 1.5;

/**
 * Tokens whose attention is above Q3 + 1.5 · (Q3 − Q1).
 *
 * @param attention  float32 [tokens], finite
 */
export function countOutliers(attention: Float32Array): number {
  if (attention.length === 0) return 0;
  const sorted = attention.slice().sort();
  const lower = percentile(sorted, 0.25);
  const upper = percentile(sorted, 0.75);
  const fence = upper + FENCE * (upper - lower);
  return attention.reduce((count, value) => count + Number(value > fence), 0);
}

/**
 * Tokens that the outliers' share keeps. The published int(N · (count / N)) loses one for some counts where
 * N is no multiple of 144; `reference` repeats that.
 */
export function outlierCount(count: number, tokens: number, reference: boolean): number {
  return reference && tokens > 0 ? Math.trunc(tokens * (count / tokens)) : count;
}
