import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { cosines } from '../select/cosine.js';
import { type RowMap, rowMap } from '../select/row-map.js';
import {
  type Attention,
  type Matrix,
  receivedMean,
  requireCount,
  rowCount,
} from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** What HoloV looks at. */
export interface HolovSignals {
  /** float32 [tokens, width]: projected features. */
  readonly features: Matrix;
  /** float32 [heads, 1, tokens]: CLS attention; one head where the mean over heads is given. */
  readonly attention: Attention;
}

/** How many rows come out, and of how many groups. */
export interface HolovParameters {
  readonly keep: number;
  /** Stretches of the raster with a quota each. Default 16. */
  readonly groups?: number;
  /** Weight of the variance of similarities. Default 0.09. */
  readonly alpha?: number;
}

/** The rows that HoloV puts out. */
export interface HolovSelection {
  /** `keep` rows in output order; those that no group can fill are zero rows. */
  readonly map: RowMap;
  /** int32 [keep]: token of every output row, -1 for a zero row. */
  readonly order: Int32Array;
  /** int32 [groups]: rows that each group is asked for; it gives at most its size. */
  readonly quota: Int32Array;
  /** float32 [groups]: mean score of its tokens. */
  readonly groupScores: Float32Array;
}

/** Attention is scaled to the order of the variances. */
const ATTENTION_SCALE = 1e3;

/** Guards the balance of the two terms where all similarities are equal. */
const EPSILON = 1e-6;

/** Mean score of the tokens [start, start + size). */
function groupScore(
  cosine: (i: number, j: number) => number,
  attention: Float32Array,
  start: number,
  size: number,
  alpha: number,
): number {
  // One token has no variance; the published code then leaves the attention unscaled.
  if (size < 2) return size === 0 ? 0 : attention[start]!;
  let varianceSum = 0;
  let attentionSum = 0;
  for (let i = start; i < start + size; i++) {
    attentionSum += ATTENTION_SCALE * attention[i]!;
    // The similarity to itself counts as a 0 among `size` values; both divisors are size − 1.
    let sum = 0;
    let squares = 0;
    for (let j = start; j < start + size; j++) {
      const value = i === j ? 0 : cosine(i, j);
      sum += value;
      squares += value * value;
    }
    const mean = sum / (size - 1);
    varianceSum += Math.max(0, squares - 2 * mean * sum + size * mean * mean) / (size - 1);
  }
  const balance = attentionSum / (varianceSum + size * EPSILON);
  return (attentionSum + alpha * varianceSum * balance) / size;
}

/** Shares `keep` out by score: whole parts, then one more for the highest scores. */
function quotas(scores: Float32Array, keep: number): Int32Array {
  let total = 0;
  for (const score of scores) total += score;
  const quota = Int32Array.from(scores, (score) =>
    Math.floor(keep * (total > 0 ? score / total : 1 / scores.length)),
  );
  const left = keep - quota.reduce((sum, value) => sum + value, 0);
  for (const group of rankTokens(scores, Math.min(left, scores.length))) quota[group]!++;
  return quota;
}

/**
 * HoloV: every stretch of the raster gets a quota by its attention and the spread of its similarities, and
 * fills it by attention (obananas/HoloV @ 1d2e65e, `utils.py`).
 *
 * Inside a group the order is by attention, but a group that is kept whole stays in spatial order; what
 * groups cannot fill becomes zero rows at the end: all as published.
 *
 * @throws ARGUMENT_INVALID for non-finite values, negative attention or signals that do not fit together
 */
export function holov(
  { features, attention }: HolovSignals,
  parameters: HolovParameters,
): HolovSelection {
  const { keep, groups = 16, alpha = 0.09 } = parameters;
  const tokens = rowCount('features', features);
  const scores = receivedMean(attention);
  requireCount('attention', scores.length, tokens);
  scores.forEach((value, token) => {
    requireNumber(`attention of token ${token}`, value, { min: 0 });
  });
  requireNumber('groups', groups, { min: 1, integer: true });
  requireNumber('alpha', alpha, { min: 0 });
  const count = clampCount('keep', keep, tokens);
  const starts = Int32Array.from(
    { length: groups + 1 },
    (_, group) => group * Math.floor(tokens / groups) + Math.min(group, tokens % groups),
  );
  const cosine = cosines(features);
  const groupScores = Float32Array.from({ length: groups }, (_, group) =>
    groupScore(cosine, scores, starts[group]!, starts[group + 1]! - starts[group]!, alpha),
  );
  const quota = quotas(groupScores, count);
  const order = new Int32Array(count).fill(-1);
  let filled = 0;
  for (let group = 0; group < groups; group++) {
    const start = starts[group]!;
    const members = scores.subarray(start, starts[group + 1]!);
    const whole = quota[group]! >= members.length;
    const ranked = rankTokens(members, Math.min(quota[group]!, members.length));
    for (const token of whole ? ranked.sort() : ranked) order[filled++] = start + token;
  }
  const map = rowMap(
    tokens,
    Array.from(order, (token) => (token < 0 ? [] : [[token, 1] as const])),
  );
  return { map, order, quota, groupScores };
}
