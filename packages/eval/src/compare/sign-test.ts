/** Natural logarithms of the factorials from 0 to `largest`. */
function logFactorials(largest: number): Float64Array {
  const logs = new Float64Array(largest + 1);
  for (let n = 1; n <= largest; n++) logs[n] = logs[n - 1]! + Math.log(n);
  return logs;
}

/**
 * Exact two-sided test of whether changes go both ways equally often: 2 · P(X ≤ min), X ~ Binomial(gained + lost, ½),
 * at most 1. For right-or-wrong scores this is McNemar's exact test.
 *
 * @param gained  number of items that became better
 * @param lost  number that became worse
 */
export function signTest(gained: number, lost: number): number {
  const changes = gained + lost;
  const logs = logFactorials(changes);
  let tail = 0;
  for (let count = 0; count <= Math.min(gained, lost); count++) {
    tail += Math.exp(logs[changes]! - logs[count]! - logs[changes - count]! - changes * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
