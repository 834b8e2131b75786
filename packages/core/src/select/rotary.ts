/**
 * Rotary position embedding of one head's row, in place: value f of the first half turns with value f of
 * the second half (LLaMA's layout) by position · base^(−2f / headSize).
 *
 * @param row  values from `offset` to `offset + headSize` are written
 */
export function rotateInPlace(
  row: Float32Array,
  offset: number,
  headSize: number,
  position: number,
  base: number,
): void {
  const half = headSize / 2;
  for (let f = 0; f < half; f++) {
    const angle = position * base ** ((-2 * f) / headSize);
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    const first = row[offset + f]!;
    const second = row[offset + half + f]!;
    row[offset + f] = first * cosine - second * sine;
    row[offset + half + f] = second * cosine + first * sine;
  }
}
