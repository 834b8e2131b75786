/**
 * Rounds to the nearest IEEE 754 half-precision value (ties to even), as a float32.
 *
 * Values beyond 65504 become infinite; subnormals down to 2⁻²⁴ are kept.
 */
export function roundToHalf(value: number): number {
  const single = Math.fround(value);
  const magnitude = Math.abs(single);
  if (!(magnitude > 0) || magnitude === Infinity) return single;
  if (magnitude >= 65520) return single > 0 ? Infinity : -Infinity;
  // The step between neighbouring half values around this magnitude: 2^(exponent − 10), at least 2⁻²⁴.
  const exponent = Math.floor(Math.log2(magnitude));
  const step = 2 ** (Math.max(exponent, -14) - 10);
  const scaled = single / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const even = floor % 2 === 0 ? floor : floor + 1;
  return (rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : even) * step;
}
