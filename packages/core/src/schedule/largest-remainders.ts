/**
 * Whole numbers that sum to `total`: floors, then one more for the largest remainders, earlier first.
 * Non-rising input gives non-rising output, because remainders fall within a run of equal floors.
 */
export function largestRemainders(values: readonly number[], total: number, max: number): number[] {
  const floors = values.map((value) => Math.floor(value + 1e-9));
  let missing = Math.round(total - floors.reduce((sum, count) => sum + count, 0));
  const order = values
    .map((value, index) => ({ index, rest: value - floors[index]! }))
    .sort((a, b) => (Math.abs(a.rest - b.rest) > 1e-9 ? b.rest - a.rest : a.index - b.index));
  for (const { index } of order) {
    if (missing <= 0) break;
    if (floors[index]! >= max) continue;
    floors[index]!++;
    missing--;
  }
  return floors;
}
