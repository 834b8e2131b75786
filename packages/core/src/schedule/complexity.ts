import { AutopruneError } from '../errors.js';
import { roundToHalf } from '../half.js';
import { attentionColumns } from '../select/mean-attention.js';

/** The published guard of the logarithm and of the product of the marginals. */
const EPSILON = 1e-6;

/**
 * Mutual information, in bits, of text rows and visual columns for every head:
 *
 *   p(x, y) = A / t,  p(y) = Σₓ p(x, y),  MI = Σ p(x, y) · log₂ max(p(x, y) / (p(y) / t + ε), ε)
 *
 * with t text rows and ε = 1e-6. Rows are not renormalised over the visual keys, and weak attention gives
 * a slightly negative value because of ε; both as published (AutoPrune, `modelling_sparse_llama.py`).
 *
 * @param attention  float32 [heads, rows, columns], post-softmax, cut to the visual keys; read only
 * @returns float64 [heads]
 */
export function mutualInformation(
  attention: Float32Array,
  heads: number,
  rows: number,
): Float64Array {
  const columns = attentionColumns(attention, heads, rows);
  const result = new Float64Array(heads);
  const marginal = new Float64Array(columns);
  for (let head = 0; head < heads; head++) {
    const start = head * rows * columns;
    marginal.fill(0);
    for (let row = 0, offset = start; row < rows; row++) {
      for (let column = 0; column < columns; column++) marginal[column]! += attention[offset++]!;
    }
    // p(x)·p(y) + ε, divided by 1/t once more below: p(x, y) / (p(x) p(y) + ε) = A / (Σ A / t + t ε).
    for (let column = 0; column < columns; column++) {
      marginal[column] = 1 / (marginal[column]! / rows + rows * EPSILON);
    }
    let sum = 0;
    for (let row = 0, offset = start; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = attention[offset++]!;
        sum += value * Math.log2(Math.max(value * marginal[column]!, EPSILON));
      }
    }
    if (!Number.isFinite(sum)) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected finite attention but head ${head} holds NaN or Infinity`,
        { head },
      );
    }
    result[head] = sum / rows;
  }
  return result;
}

/** The same in half precision: every operation rounded to fp16, sums rounded once. */
function halfMutualInformation(attention: Float32Array, heads: number, rows: number): Float64Array {
  const columns = attentionColumns(attention, heads, rows);
  const half = roundToHalf;
  const epsilon = half(EPSILON);
  const uniform = half(1 / rows);
  const result = new Float64Array(heads);
  for (let head = 0; head < heads; head++) {
    const at = (row: number, column: number): number =>
      half(half(attention[(head * rows + row) * columns + column]!) / rows);
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      let marginal = 0;
      for (let row = 0; row < rows; row++) marginal += at(row, column);
      const product = half(half(uniform * half(marginal)) + epsilon);
      for (let row = 0; row < rows; row++) {
        const joint = at(row, column);
        const ratio = Math.max(half(joint / product), epsilon);
        sum += half(joint * half(Math.log2(ratio)));
      }
    }
    result[head] = half(sum);
  }
  return result;
}

/** Options of {@link complexity}. */
export interface ComplexityOptions {
  readonly heads: number;
  /** Text rows, t ≥ 1. */
  readonly textTokens: number;
  /** `fp16` reproduces the half-precision arithmetic of the published model. Default `fp32`. */
  readonly precision?: 'fp32' | 'fp16';
}

/**
 * Complexity of a picture and a question: the mutual information of text and visual attention in a shallow
 * decoder layer, summed over heads (paper §3.2). High values mean that each text token looks at its own
 * place: a simple case, which can drop tokens early.
 *
 * @param attention  float32 [heads, textTokens, visualTokens], post-softmax, cut to the visual keys; read only
 * @returns the sum over heads, and the value of each head
 * @throws ARGUMENT_INVALID for no text rows, a length that does not divide, or NaN
 */
export function complexity(
  attention: Float32Array,
  options: ComplexityOptions,
): { readonly total: number; readonly perHead: Float64Array } {
  const { heads, textTokens, precision = 'fp32' } = options;
  const measure = precision === 'fp16' ? halfMutualInformation : mutualInformation;
  const perHead = measure(attention, heads, textTokens);
  return { total: perHead.reduce((sum, value) => sum + value, 0), perHead };
}
