import { cosines } from './cosine.js';
import type { Matrix } from './tensors.js';

/** Cosines between all rows, float32 [rows, rows]; symmetric to the bit. For methods that need them all. */
export function similarityMatrix(matrix: Matrix): Float32Array {
  const rows = matrix.data.length / matrix.width;
  const cosine = cosines(matrix);
  const similarity = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i; j < rows; j++) {
      const value = cosine(i, j);
      similarity[i * rows + j] = value;
      similarity[j * rows + i] = value;
    }
  }
  return similarity;
}
