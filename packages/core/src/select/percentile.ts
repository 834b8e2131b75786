/**
 * Percentile by linear interpolation between order statistics (numpy's default).
 *
 * @param sorted  ascending, at least one value
 * @param share  in [0, 1]
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
