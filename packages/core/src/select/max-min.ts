import { requireNumber } from '../errors.js';
import { argmax } from './argmax.js';
import { cosines } from './cosine.js';
import { rowCount } from './tensors.js';

/**
 * Greedy max–min diversity: the first token is the one farthest from its nearest neighbour, each next one
 * the farthest from those chosen; the distance is 1 − cosine, in float32, and ties go to the earlier token
 * (DivPrune, CVPR 2025, section 3).
 *
 * @param tokens  float32 [n, width], finite; read only
 * @param count  whole number in [0, n]
 * @returns int32 [count], in the order of choice; no token twice
 * @throws ARGUMENT_INVALID for a non-finite value or a count out of range
 */
export function selectMaxMin(tokens: Float32Array, width: number, count: number): Int32Array {
  const matrix = { data: tokens, width };
  const total = rowCount('tokens', matrix);
  requireNumber('count', count, { min: 0, max: total, integer: true });
  const order = new Int32Array(count);
  if (count === 0) return order;
  const cosine = cosines(matrix);
  const distance = (i: number, j: number) => Math.fround(1 - cosine(i, j));
  const nearest = new Float32Array(total).fill(Infinity);
  for (let i = 0; i < total; i++) {
    for (let j = i + 1; j < total; j++) {
      const value = distance(i, j);
      if (value < nearest[i]!) nearest[i] = value;
      if (value < nearest[j]!) nearest[j] = value;
    }
  }
  for (let step = 0; step < count; step++) {
    const chosen = argmax(nearest);
    order[step] = chosen;
    // The distance to the nearest neighbour served only to find the first.
    if (step === 0) nearest.fill(Infinity);
    nearest[chosen] = -Infinity;
    for (let i = 0; i < total; i++) {
      if (nearest[i] !== -Infinity) nearest[i] = Math.min(nearest[i]!, distance(chosen, i));
    }
  }
  return order;
}
