import { type FileHandle, open } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { DTYPE_BYTES, type StoredTensor } from './stored-tensor.js';

let halfTable: Float32Array | undefined;

/** float32 of every half-precision value, by its bits; made when first needed. */
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halfTable;
}

function toFloats(bytes: Uint8Array, dtype: StoredTensor['dtype']): Float32Array {
  if (dtype === 'float32') return new Float32Array(bytes.buffer);
  const stored = new Uint16Array(bytes.buffer);
  const floats = new Float32Array(stored.length);
  if (dtype === 'float16') {
    const table = halves();
    for (let i = 0; i < stored.length; i++) floats[i] = table[stored[i]!]!;
    return floats;
  }
  // bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < stored.length; i++) bits[i] = stored[i]! << 16;
  return floats;
}

/**
 * Reads `count` values of a float tensor, from value `first` on, as float32.
 *
 * @throws CHECKPOINT_INVALID when the file ends before them
 */
export async function readValueRange(
  handle: FileHandle,
  tensor: StoredTensor,
  first: number,
  count: number,
): Promise<Float32Array> {
  const size = DTYPE_BYTES[tensor.dtype];
  const bytes = new Uint8Array(count * size);
  for (let done = 0; done < bytes.length; ) {
    const at = tensor.offset + first * size + done;
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, at);
    if (bytesRead === 0) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${tensor.file}: ends inside tensor ${tensor.name}; download it again`,
        { file: tensor.file, name: tensor.name },
      );
    }
    done += bytesRead;
  }
  return toFloats(bytes, tensor.dtype);
}

/** Reads a small tensor as float32. Large ones are never read whole: sessions map them from the file. */
export async function readValues(tensor: StoredTensor): Promise<Float32Array> {
  const handle = await open(tensor.file, 'r');
  try {
    return await readValueRange(handle, tensor, 0, tensor.length / DTYPE_BYTES[tensor.dtype]);
  } finally {
    await handle.close();
  }
}
