import { AutopruneError, requireNumber } from '../errors.js';

/** Refuses NaN and infinite scores: an order over them would be arbitrary. */
function requireFiniteScores(scores: Float32Array): void {
  for (let index = 0; index < scores.length; index++) {
    if (!Number.isFinite(scores[index]!)) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected finite scores but scores[${index}] is ${scores[index]}; check the attention that they come from`,
        { index, value: scores[index] },
      );
    }
  }
}

/**
 * Ranks tokens by score.
 *
 * @param scores  float32 [tokens], finite; read only
 * @param count  whole number in [0, tokens]
 * @returns int32 [count], positions, best first; ties put the earlier token first, so that results do
 *   not depend on the sort
 * @throws ARGUMENT_INVALID for a non-finite score or a count out of range
 */
export function rankTokens(scores: Float32Array, count: number): Int32Array {
  requireNumber('count', count, { min: 0, max: scores.length, integer: true });
  requireFiniteScores(scores);
  const order = Int32Array.from(scores, (_, index) => index);
  order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, count);
}

/**
 * Keeps the `count` visual tokens with the highest score.
 *
 * @param scores  float32 [tokens], finite, one score a token; read only
 * @param count  whole number in [0, tokens]
 * @returns int32 [count], ascending positions (order in the image, not by score); ties keep the
 *   earlier token
 * @throws ARGUMENT_INVALID for a non-finite score or a count out of range
 */
export function selectTopTokens(scores: Float32Array, count: number): Int32Array {
  return rankTokens(scores, count).sort();
}
