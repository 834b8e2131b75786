import { AutopruneError } from '@autoprune/core';

/** Element types that checkpoints store, with bytes per element. */
export const DTYPE_BYTES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** An element type of a stored tensor. */
export type StoredDtype = keyof typeof DTYPE_BYTES;

/** Where a tensor of a checkpoint lies, without its values. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  /** Absolute path of the file, symbolic links resolved. */
  readonly file: string;
  /** First byte in the file. */
  readonly offset: number;
  readonly length: number;
  /** Present where the values are integers that stand for a matrix. */
  readonly quantization?: Quantization;
}

/** How integers stand for a matrix [out, in]. */
export type Quantization =
  /** int8 [in, out], times the scale of its output. */
  | { readonly scheme: 'int8'; readonly scales: StoredTensor }
  /** uint8 [out, blocks, block / 2], two 4-bit integers a byte, less 8, times the scale of its block of inputs. */
  | {
      readonly scheme: 'int4';
      readonly scales: StoredTensor;
      readonly block: number;
      /** Values of a row of the matrix; the last block may be partly empty. */
      readonly inputs: number;
    };

/** All tensors of a checkpoint by stored name. */
export type TensorTable = ReadonlyMap<string, StoredTensor>;

/** Number of elements, checked against what a file can hold. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * The tensor `name`, which must have `shape` and a floating type.
 *
 * @throws TENSOR_MISSING or TENSOR_SHAPE, naming the checkpoint, the tensor and both shapes
 */
export function requireTensor(
  table: TensorTable,
  name: string,
  shape: readonly number[],
  checkpoint: string,
): StoredTensor {
  const tensor = table.get(name);
  if (!tensor) {
    throw new AutopruneError(
      'TENSOR_MISSING',
      `${checkpoint}: tensor ${name} is missing; the checkpoint is incomplete or of another architecture`,
      { checkpoint, name },
    );
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
    throw new AutopruneError(
      'TENSOR_SHAPE',
      `${tensor.file}: tensor ${name} has shape [${tensor.shape.join(', ')}] but config.json asks for [${shape.join(', ')}]`,
      { file: tensor.file, name, actual: tensor.shape, expected: shape },
    );
  }
  if (!['float32', 'float16', 'bfloat16'].includes(tensor.dtype)) {
    throw new AutopruneError(
      'TENSOR_DTYPE',
      `${tensor.file}: tensor ${name} is stored as ${tensor.dtype}; weights must be float32, float16 or bfloat16`,
      { file: tensor.file, name, dtype: tensor.dtype },
    );
  }
  return tensor;
}
