import { DTYPE_BYTES, elementCount, type StoredTensor } from '../stored-tensor.js';
import type { CheckpointFile } from './checkpoint-file.js';
import type { PickleTensor } from './pickle-value.js';
import { printable } from './printable.js';
import type { ZipEntry } from './zip-directory.js';

/** Row-major without gaps. A dimension of size 1 is never stepped over, so its stride says nothing. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/**
 * The place in the file of a tensor's bytes, which are its values in row-major order.
 *
 * Several tensors may lie in one storage and overlap there (tied weights); storages themselves are ZIP
 * entries, which do not overlap.
 *
 * @param entry  entry `data/<key>` of the tensor's storage, undefined when there is none
 * @throws CHECKPOINT_INVALID naming the tensor, its strides or the bytes
 */
export function placeTensor(
  file: CheckpointFile,
  name: string,
  tensor: PickleTensor,
  entry: ZipEntry | undefined,
): StoredTensor {
  const { dtype, storage, shape, strides } = tensor;
  const bad = (problem: string): never =>
    file.invalid(`tensor ${printable(name)} ${problem}`, { name });
  if (!entry) return bad(`lies in storage ${storage.key}, of which the file has no entry`);

  const elementBytes = DTYPE_BYTES[dtype];
  if (storage.elements * elementBytes !== entry.length) {
    return bad(
      `lies in storage ${storage.key} of ${storage.elements} × ${dtype}, which takes ${storage.elements * elementBytes} bytes, but the entry has ${entry.length}; the file is damaged`,
    );
  }
  if (!isContiguous(shape, strides)) {
    return bad(
      `of shape [${shape.join(', ')}] has the strides [${strides.join(', ')}], so that its values are not in row-major order; save it with .contiguous()`,
    );
  }
  const start = tensor.storageOffset * elementBytes;
  const length = elementCount(shape) * elementBytes;
  if (start + length > entry.length) {
    return bad(
      `lies at bytes ${start} to ${start + length} of storage ${storage.key}, which has ${entry.length}; the file is damaged`,
    );
  }
  return { name, dtype, shape, file: file.realPath, offset: entry.offset + start, length };
}
