import { AutopruneError } from '../errors.js';
import { dot } from '../select/cosine.js';
import { softmaxInPlace } from '../select/softmax.js';
import { type Matrix, requireCount, rowCount } from '../select/tensors.js';

/** What the choice of raters looks at: embeddings at the decoder's input. */
export interface SparsevlmRaterSignals {
  /** float32 [visual, width]. */
  readonly visual: Matrix;
  /** float32 [text, width]: the text after the picture. */
  readonly text: Matrix;
}

/** The text tokens that rate visual tokens. */
export interface SparsevlmRaters {
  /** int32, ascending: text tokens with a weight above the mean. */
  readonly raters: Int32Array;
  /** float32 [text]: weights, which sum to 1. */
  readonly weights: Float32Array;
}

/** A weight counts as above the mean beyond this share of it; equal weights differ by rounding only. */
const MARGIN = 1e-6;

/**
 * SparseVLM's raters: text tokens that visual tokens resemble more than the average, by a softmax over the
 * text of their products, averaged over visual tokens (Gumpest/SparseVLMs @ 26a5f48,
 * `modelling_sparse_llama.py`).
 *
 * @param options  none: what to do where no weight is above the mean (one text token, or equal ones);
 *   `all` makes all of them raters (rule T of the goldens, default), `empty` leaves none as published
 * @throws ARGUMENT_INVALID for non-finite values, or without visual or text tokens
 */
export function sparsevlmRaters(
  { visual, text }: SparsevlmRaterSignals,
  { none = 'all' }: { readonly none?: 'all' | 'empty' } = {},
): SparsevlmRaters {
  const visualTokens = rowCount('visual', visual);
  const textTokens = rowCount('text', text);
  requireCount('text width', text.width, visual.width);
  if (visualTokens === 0 || textTokens === 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected at least one visual and one text token but received ${visualTokens} and ${textTokens}`,
      { visualTokens, textTokens },
    );
  }
  const { width } = visual;
  const sums = new Float64Array(textTokens);
  const row = new Float64Array(textTokens);
  for (let i = 0; i < visualTokens; i++) {
    for (let j = 0; j < textTokens; j++) {
      row[j] = dot(visual.data, i * width, text.data, j * width, width);
    }
    softmaxInPlace(row);
    for (let j = 0; j < textTokens; j++) sums[j]! += row[j]!;
  }
  const weights = Float32Array.from(sums, (sum) => sum / visualTokens);
  const all = weights.map((_, token) => token);
  const above = all.filter((token) => weights[token]! > (1 + MARGIN) / textTokens);
  return { raters: Int32Array.from(above.length === 0 && none === 'all' ? all : above), weights };
}
