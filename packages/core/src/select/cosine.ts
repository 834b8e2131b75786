import type { Matrix } from './tensors.js';

/** Sum of products of `width` values of `a` from `i` and of `b` from `j`, in double precision. */
export function dot(
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
  width: number,
): number {
  // Four sums, because one would wait for itself at every step.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < width; k += 4) {
    s0 += a[i + k]! * b[j + k]!;
    s1 += a[i + k + 1]! * b[j + k + 1]!;
    s2 += a[i + k + 2]! * b[j + k + 2]!;
    s3 += a[i + k + 3]! * b[j + k + 3]!;
  }
  for (; k < width; k++) s0 += a[i + k]! * b[j + k]!;
  return s0 + s1 + (s2 + s3);
}

/** Euclidean norm of every row, float64 [rows]. */
export function rowNorms({ data, width }: Matrix): Float64Array {
  return Float64Array.from({ length: data.length / width }, (_, row) =>
    Math.sqrt(dot(data, row * width, data, row * width, width)),
  );
}

/**
 * Cosine of row i of `a` and row j of `b` in double precision, without a copy of either. A zero row has
 * cosine 0 with every row, itself included (rule Z of the goldens), so that nothing downstream is NaN.
 */
export function exactCosines(a: Matrix, b: Matrix = a): (i: number, j: number) => number {
  const { width } = a;
  const invert = (norm: number) => (norm === 0 ? 0 : 1 / norm);
  const inverseA = rowNorms(a).map(invert);
  const inverseB = a === b ? inverseA : rowNorms(b).map(invert);
  return (i, j) => dot(a.data, i * width, b.data, j * width, width) * inverseA[i]! * inverseB[j]!;
}

/**
 * {@link exactCosines} rounded to float32: rows that point the same way then compare equal instead of
 * differing by the last bit of a double, and ties go to the lower index as promised.
 */
export function cosines(a: Matrix, b: Matrix = a): (i: number, j: number) => number {
  const cosine = exactCosines(a, b);
  return (i, j) => Math.fround(cosine(i, j));
}
