import { open } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { readValueRange, readValues } from '../checkpoint/read-values.js';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { PartScheme } from './part-file.js';
import { int4Matrix, quantizeInt4Rows, quantizeInt8Rows } from './quantize.js';

/** Values that are read and converted at a time, which bounds the memory beside the result. */
const CHUNK_VALUES = 1 << 22;

/** The values of a tensor that stays as it is, as float32. */
export async function floatValues(tensor: StoredTensor): Promise<Float32Array> {
  const values = await readValues(tensor);
  requireFinite(tensor, values, 0);
  return values;
}

/**
 * Quantizes a matrix of a checkpoint, some rows at a time.
 *
 * @returns integers and scales
 * @throws CHECKPOINT_INVALID for a value that is not a finite number; the signal's reason on abort
 */
export async function quantizeTensor(
  tensor: StoredTensor,
  { matrices, int8Range }: PartScheme,
  signal?: AbortSignal,
): Promise<[integers: Int8Array | Uint8Array, scales: Float32Array]> {
  const [outputs, width] = tensor.shape as [number, number];
  const int8 =
    matrices === 'int8'
      ? { values: new Int8Array(outputs * width), scales: new Float32Array(outputs) }
      : undefined;
  const int4 = int8 ? undefined : int4Matrix(outputs, width);
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_VALUES / width));
  const handle = await open(tensor.file, 'r');
  try {
    for (let row = 0; row < outputs; row += rowsAtOnce) {
      signal?.throwIfAborted();
      const count = Math.min(rowsAtOnce, outputs - row);
      const rows = await readValueRange(handle, tensor, row * width, count * width);
      requireFinite(tensor, rows, row * width);
      if (int8) quantizeInt8Rows(rows, row, outputs, int8Range, int8);
      else quantizeInt4Rows(rows, width, row, int4!);
    }
  } finally {
    await handle.close();
  }
  const { values, scales } = int8 ?? int4!;
  return [values, scales];
}

function requireFinite(tensor: StoredTensor, values: Float32Array, first: number): void {
  // One sum instead of a test a value: it is not finite exactly when a value is not (or the sum is absurd).
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]!);
  if (Number.isFinite(sum)) return;
  const index = values.findIndex((value) => !Number.isFinite(value));
  throw new AutopruneError(
    'CHECKPOINT_INVALID',
    `${tensor.file}: tensor ${tensor.name} holds ${values[index]} at value ${first + index}; a weight must be a finite number, download the file again`,
    { file: tensor.file, name: tensor.name, index: first + index },
  );
}
