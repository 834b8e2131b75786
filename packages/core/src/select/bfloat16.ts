const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** Rounds finite values to the nearest bfloat16 (ties to even), as float32: a new array. */
export function roundToBfloat16(values: Float32Array): Float32Array {
  return values.map((value) => {
    floats[0] = value;
    const word = bits[0]!;
    bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
    return floats[0]!;
  });
}
