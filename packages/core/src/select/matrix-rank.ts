import { dot } from './cosine.js';
import { type Matrix, rowCount } from './tensors.js';

/** Machine epsilon of float32: the tolerance is that of a float32 matrix, whatever we compute in. */
const FLOAT32_EPSILON = 2 ** -23;

/** Vectors whose cosine is below this count as orthogonal. */
const ORTHOGONAL = 1e-13;

/** Jacobi converges quadratically, in about ten sweeps; the limit only guards the loop. */
const MAX_SWEEPS = 30;

/** The shorter side's vectors in double precision: rows, or columns of a tall matrix. */
function shortSide({ data, width }: Matrix, rows: number): Float64Array[] {
  const [count, length] = rows <= width ? [rows, width] : [width, rows];
  const [step, stride] = rows <= width ? [width, 1] : [1, width];
  return Array.from({ length: count }, (_, vector) =>
    Float64Array.from({ length }, (_, index) => data[vector * step + index * stride]!),
  );
}

/** Turns two vectors in their plane until they are orthogonal; false when they already were. */
function orthogonalize(a: Float64Array, b: Float64Array): boolean {
  const { length } = a;
  const normA = dot(a, 0, a, 0, length);
  const normB = dot(b, 0, b, 0, length);
  const product = dot(a, 0, b, 0, length);
  if (Math.abs(product) <= ORTHOGONAL * Math.sqrt(normA * normB)) return false;
  const zeta = (normB - normA) / (2 * product);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (let index = 0; index < length; index++) {
    const value = a[index]!;
    a[index] = cosine * value - sine * b[index]!;
    b[index] = sine * value + cosine * b[index]!;
  }
  return true;
}

/**
 * Numerical rank of a float32 matrix: singular values above σmax · max(rows, columns) · ε(float32), the
 * default of torch's `matrix_rank`. Singular values are the norms that one-sided Jacobi rotations leave.
 *
 * @throws ARGUMENT_INVALID for a non-finite value
 */
export function matrixRank(matrix: Matrix): number {
  const rows = rowCount('matrix', matrix);
  const vectors = shortSide(matrix, rows);
  for (let sweep = 0, turned = true; turned && sweep < MAX_SWEEPS; sweep++) {
    turned = false;
    for (let i = 0; i < vectors.length; i++) {
      for (let j = i + 1; j < vectors.length; j++) {
        if (orthogonalize(vectors[i]!, vectors[j]!)) turned = true;
      }
    }
  }
  const values = vectors.map((vector) => Math.sqrt(dot(vector, 0, vector, 0, vector.length)));
  const tolerance = Math.max(0, ...values) * Math.max(rows, matrix.width) * FLOAT32_EPSILON;
  return values.filter((value) => value > tolerance).length;
}
