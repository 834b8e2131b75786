/**
 * Pools a row with stride 1 and the same length. The mean divides by `kernel` at the borders too, as an
 * average pool that counts its zero padding; the maximum ignores what lies outside.
 *
 * @param kernel  odd
 */
export function poolRow(values: Float32Array, kernel: number, kind: 'mean' | 'max'): Float32Array {
  const reach = (kernel - 1) / 2;
  return values.map((_, centre) => {
    const last = Math.min(values.length - 1, centre + reach);
    let sum = 0;
    let highest = -Infinity;
    for (let index = Math.max(0, centre - reach); index <= last; index++) {
      sum += values[index]!;
      highest = Math.max(highest, values[index]!);
    }
    return kind === 'mean' ? sum / kernel : highest;
  });
}
