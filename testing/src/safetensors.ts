import { readFileSync } from 'node:fs';

/** A tensor of a golden file. `data` is float32 for F32 and F16, int32 for I32, bytes for U8. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly bytes: Uint8Array;
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decode(dtype: string, bytes: Uint8Array): Float32Array {
  // A copy, because the data need not be aligned (and Buffer.slice would not copy).
  const aligned = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned);
    case 'F16':
      return Float32Array.from(new Uint16Array(aligned), halfToFloat);
    case 'I32':
      return Float32Array.from(new Int32Array(aligned));
    case 'I64':
      return Float32Array.from(new BigInt64Array(aligned), Number);
    case 'U8':
    case 'BOOL':
      return Float32Array.from(new Uint8Array(aligned));
    default:
      throw new Error(`no reader for dtype ${dtype} in test data`);
  }
}

/** Reads all tensors of a trusted file, independent of the product's reader. */
export function readTensors(path: string): Map<string, StoredTensor> {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    const bytes = file.subarray(8 + headerLength + start, 8 + headerLength + end);
    let data: Float32Array | undefined;
    tensors.set(name, {
      dtype: entry.dtype,
      shape: entry.shape,
      bytes,
      get data() {
        data ??= decode(entry.dtype, bytes);
        return data;
      },
    });
  }
  return tensors;
}
