import { AutopruneError } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { cosines } from '../select/cosine.js';
import { selectDeterminantal } from '../select/determinantal.js';
import { type Matrix, requireCount, rowCount } from '../select/tensors.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What CDPruner looks at. */
export interface CdprunerSignals {
  /** float32 [tokens, width]: projected features. */
  readonly features: Matrix;
  /** float32 [tokens, embedding]: CLIP image embeddings of the patches. */
  readonly imageEmbeddings: Matrix;
  /** float32 [segments, embedding]: CLIP text embeddings, one a segment of 77 tokens. */
  readonly textEmbeddings: Matrix;
}

/** The tokens that CDPruner keeps. */
export interface CdprunerSelection {
  /** int32 [min(keep, tokens)], ascending. */
  readonly kept: Int32Array;
  /** int32: the same, in the order of choice. */
  readonly order: Int32Array;
  /** float32 [tokens], in [0, 1 + tiny]. */
  readonly relevance: Float32Array;
  /** float32, in the order of choice: what each adds to the determinant. */
  readonly gains: Float32Array;
}

/** Added to the relevance before it is divided by its range, as published. */
const RELEVANCE_EPSILON = 1e-6;

/** A range of relevances below this is rounding noise: they are equal. */
const EQUAL = 1e-9;

/**
 * Relevance to the question: minus the mean cosine to the text segments (patch embeddings of CLIP point
 * away from what they show), scaled to [0, 1]. Where all are equal it is 1 for all (rule R of the goldens).
 */
function relevanceOf(
  { imageEmbeddings, textEmbeddings }: CdprunerSignals,
  tokens: number,
): Float32Array {
  const segments = rowCount('textEmbeddings', textEmbeddings);
  requireCount('imageEmbeddings', rowCount('imageEmbeddings', imageEmbeddings), tokens);
  if (segments === 0 || textEmbeddings.width !== imageEmbeddings.width) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected at least one text embedding of width ${imageEmbeddings.width} but received ${segments} of width ${textEmbeddings.width}`,
      { segments, width: textEmbeddings.width, expected: imageEmbeddings.width },
    );
  }
  const cosine = cosines(imageEmbeddings, textEmbeddings);
  const raw = Float32Array.from({ length: tokens }, (_, token) => {
    let sum = 0;
    for (let segment = 0; segment < segments; segment++) sum += cosine(token, segment);
    return -sum / segments;
  });
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of raw) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const range = highest - lowest;
  return raw.map((value) => (range > EQUAL ? (value - lowest + RELEVANCE_EPSILON) / range : 1));
}

/**
 * CDPruner: greedy maximum a posteriori choice of a determinantal point process whose kernel is
 * r_i · cos(i, j) · r_j, features for diversity and r for relevance to the question
 * (Theia-4869/CDPruner @ 9541616, arXiv 2506.10967).
 *
 * Beyond the rank of the features all residuals are rounding noise; they count as 0 here and the rest
 * goes by index.
 *
 * @throws ARGUMENT_INVALID for non-finite values, no text, or signals that do not fit together
 */
export function cdpruner(
  signals: CdprunerSignals,
  { keep }: { readonly keep: number },
  kernels: Pick<SelectionKernels, 'selectDeterminantal'> = { selectDeterminantal },
): CdprunerSelection {
  const tokens = rowCount('features', signals.features);
  const relevance = relevanceOf(signals, tokens);
  const count = clampCount('keep', keep, tokens);
  const { data, width } = signals.features;
  const { order, gains } = kernels.selectDeterminantal(data, width, relevance, count);
  return { kept: order.slice().sort(), order, relevance, gains };
}
