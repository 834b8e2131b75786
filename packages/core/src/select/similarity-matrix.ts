import { cosines } from './cosine.js';
import { rowCount } from './tensors.js';

/** Cosines between all rows of tokens [n, width]: float32 [n, n], symmetric to the bit. For methods that need them all. */
export function similarityMatrix(tokens: Float32Array, width: number): Float32Array {
  const matrix = { data: tokens, width };
  const rows = rowCount('tokens', matrix);
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
