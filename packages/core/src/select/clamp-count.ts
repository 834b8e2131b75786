import { requireNumber } from '../errors.js';

/**
 * A count of tokens to keep, at most the `tokens` that there are.
 *
 * @throws ARGUMENT_INVALID unless `count` is a whole number of at least `min`
 */
export function clampCount(name: string, count: number, tokens: number, min = 0): number {
  requireNumber(name, count, { min, integer: true });
  return Math.min(count, tokens);
}
