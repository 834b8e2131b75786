/** All parts, one after another; the part itself where there is only one. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** int32: start, start + 1, … , end − 1. */
export function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: Math.max(end - start, 0) }, (_, index) => start + index);
}
