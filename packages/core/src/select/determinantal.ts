import { requireNumber } from '../errors.js';
import { argmax } from './argmax.js';
import { exactCosines } from './cosine.js';
import { requireCount, requireFinite, rowCount } from './tensors.js';

/** A residual below this share of its start is rounding noise: the token lies in the span of the chosen. */
const NOISE = 1e-10;

/** What {@link selectDeterminantal} chose. */
export interface DeterminantalSelection {
  /** int32 [count], in the order of choice; ties go to the earlier token. */
  readonly order: Int32Array;
  /** float32 [count], in the order of choice: what each adds to the determinant. */
  readonly gains: Float32Array;
}

/**
 * Greedy maximum a posteriori choice of a determinantal point process whose kernel is
 * r_i · cos(i, j) · r_j, by a Cholesky factor that grows by one row a choice, in double precision
 * (CDPruner, arXiv 2506.10967).
 *
 * Beyond the rank of the tokens all residuals are rounding noise; they count as 0 and the rest goes by
 * index.
 *
 * @param tokens  float32 [n, width], finite; read only
 * @param relevance  float32 [n], finite: r; read only
 * @param count  whole number in [0, n]
 * @throws ARGUMENT_INVALID for a non-finite value, lengths that do not fit or a count out of range
 */
export function selectDeterminantal(
  tokens: Float32Array,
  width: number,
  relevance: Float32Array,
  count: number,
): DeterminantalSelection {
  const matrix = { data: tokens, width };
  const total = rowCount('tokens', matrix);
  requireCount('relevance', relevance.length, total);
  requireFinite('relevance', relevance);
  requireNumber('count', count, { min: 0, max: total, integer: true });
  const order = new Int32Array(count);
  const gains = new Float32Array(count);
  const cosine = exactCosines(matrix);
  // The cosine of a row to itself is rounded, so that equal relevances tie at the first choice.
  const start = Float64Array.from(
    relevance,
    (value, i) => value * value * Math.fround(cosine(i, i)),
  );
  const residual = start.slice();
  // One row of the Cholesky factor a step, float64 [n].
  const factor: Float64Array[] = [];
  for (let step = 0; step < count; step++) {
    const chosen = argmax(residual);
    const gain = residual[chosen]!;
    order[step] = chosen;
    gains[step] = gain;
    residual[chosen] = -Infinity;
    if (gain <= 0) continue;
    const row = new Float64Array(total);
    for (let i = 0; i < total; i++) {
      if (residual[i]! > 0) row[i] = relevance[chosen]! * relevance[i]! * cosine(chosen, i);
    }
    for (const earlier of factor) {
      const weight = earlier[chosen]!;
      for (let i = 0; i < total; i++) row[i]! -= weight * earlier[i]!;
    }
    const scale = 1 / Math.sqrt(gain);
    for (let i = 0; i < total; i++) {
      row[i]! *= scale;
      if (residual[i]! <= 0) continue;
      const left = residual[i]! - row[i]! * row[i]!;
      residual[i] = left > NOISE * start[i]! ? left : 0;
    }
    factor.push(row);
  }
  return { order, gains };
}
