import { AutopruneError, requireNumber } from '../errors.js';
import { meanAttention } from './mean-attention.js';

/** Rows of one width: float32 [rows, width], row-major; read only. */
export interface Matrix {
  readonly data: Float32Array;
  readonly width: number;
}

/** Rows of every head: float32 [heads, rows, width], row-major; read only. */
export interface HeadRows {
  readonly data: Float32Array;
  readonly heads: number;
  readonly width: number;
}

/** Post-softmax attention: float32 [heads, rows, columns], row-major; read only. */
export interface Attention {
  readonly data: Float32Array;
  readonly heads: number;
  readonly rows: number;
}

/**
 * Refuses NaN and infinite values: an order or a mean over them would be arbitrary.
 *
 * @throws ARGUMENT_INVALID with the index of the first one
 */
export function requireFinite(name: string, values: ArrayLike<number>): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index]!)) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected finite values but ${name}[${index}] is ${values[index]}; check the step that made them`,
        { name, index, value: values[index] },
      );
    }
  }
}

/**
 * Number of rows of a matrix, or of every head, whose values are finite.
 *
 * @throws ARGUMENT_INVALID where the values are no whole rows, or one of them is not finite
 */
export function rowCount(name: string, rows: Matrix | HeadRows): number {
  const { data, width } = rows;
  const heads = 'heads' in rows ? rows.heads : 1;
  requireNumber(`${name} width`, width, { min: 1, integer: true });
  requireNumber(`${name} heads`, heads, { min: 1, integer: true });
  const count = data.length / (heads * width);
  const size = `${name} rows (${data.length} values, ${heads} heads, width ${width})`;
  requireNumber(size, count, { integer: true });
  requireFinite(name, data);
  return count;
}

/**
 * Refuses tensors whose numbers of rows should be equal and are not.
 *
 * @throws ARGUMENT_INVALID with both numbers
 */
export function requireCount(name: string, count: number, expected: number): void {
  if (count !== expected) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected ${expected} rows for ${name} but received ${count}`,
      { name, count, expected },
    );
  }
}

/**
 * Attention that each column receives: the mean over heads, then over rows, of finite values.
 *
 * @returns float32 [columns]
 */
export function receivedMean(attention: Attention): Float32Array {
  requireFinite('attention', attention.data);
  return meanAttention(attention.data, attention.heads, attention.rows);
}
