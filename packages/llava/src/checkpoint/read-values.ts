import { open } from 'node:fs/promises';
import type { StoredTensor } from './stored-tensor.js';

/** float32 of half-precision bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Reads a small tensor as float32. Large ones are never read: sessions map them from the file. */
export async function readValues(tensor: StoredTensor): Promise<Float32Array> {
  const bytes = new Uint8Array(tensor.length);
  const handle = await open(tensor.file, 'r');
  try {
    await handle.read(bytes, 0, tensor.length, tensor.offset);
  } finally {
    await handle.close();
  }
  switch (tensor.dtype) {
    case 'float32':
      return new Float32Array(bytes.buffer);
    case 'float16':
      return Float32Array.from(new Uint16Array(bytes.buffer), halfToFloat);
    default: {
      // bfloat16 is the upper half of a float32.
      const upper = Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16);
      return new Float32Array(upper.buffer);
    }
  }
}
