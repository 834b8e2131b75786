import { AutopruneError, requireNumber } from '../errors.js';
import { type Matrix, requireCount, rowCount } from '../select/tensors.js';

/** Rows that enter the layers from K on, and their positions. */
export interface VtwWithdrawal {
  /** int32: sequence rows that stay, ascending: all but the visual ones. */
  readonly kept: Int32Array;
  /** int32: position of each. */
  readonly positions: Int32Array;
}

/**
 * VTW: all visual tokens are withdrawn before layer K (lzhxmu/VTW @ a3d8cfc, `VTW.py`; written from the
 * description).
 *
 * @param rows  sequence rows
 * @param positions  `keep`: survivors keep their positions (published default); `truncate`: the first ids
 * @throws ARGUMENT_INVALID for counts that do not fit
 */
export function vtwWithdraw(
  {
    rows,
    start,
    visual,
  }: { readonly rows: number; readonly start: number; readonly visual: number },
  { positions = 'keep' }: { readonly positions?: 'keep' | 'truncate' } = {},
): VtwWithdrawal {
  requireNumber('rows', rows, { min: 0, integer: true });
  requireNumber('start', start, { min: 0, max: rows, integer: true });
  requireNumber('visual', visual, { min: 0, max: rows - start, integer: true });
  const kept = Int32Array.from({ length: rows - visual }, (_, row) =>
    row < start ? row : row + visual,
  );
  return { kept, positions: positions === 'keep' ? kept.slice() : kept.map((_, row) => row) };
}

/** What the search for K found. */
export interface VtwSearch {
  /** The first candidate whose mean divergence is small enough. */
  readonly layer: number;
  /** float64 [samples, candidates]: KL(withdrawn || full). */
  readonly divergence: Float64Array;
  /** float64 [candidates]: mean over samples. */
  readonly meanDivergence: Float64Array;
}

/** Log-probabilities of one row of logits. */
function logProbabilities(logits: Float32Array): Float64Array {
  let highest = -Infinity;
  for (const value of logits) highest = Math.max(highest, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - highest);
  // From the logits, because the log of an underflowed probability would be infinite.
  return Float64Array.from(logits, (value) => value - highest - Math.log(sum));
}

/**
 * VTW's search: the first layer at which withdrawing the visual tokens changes the next-token
 * distribution little, by KL(withdrawn || full) averaged over samples.
 *
 * @param signals  full: float32 [samples, vocabulary], last-token logits; withdrawn: float32
 *   [samples · candidates, vocabulary], those of every candidate, sample by sample
 * @param parameters  firstLayer: layer of candidate 0, default 5; threshold η: 0.003 by default (7B),
 *   0.0005 for 13B, 0.0001 for LLaVA-NeXT
 * @throws ARGUMENT_INVALID for non-finite logits, logits that do not fit, or when no candidate is near
 *   enough (the published search raises as well)
 */
export function vtwSearch(
  { full, withdrawn }: { readonly full: Matrix; readonly withdrawn: Matrix },
  {
    firstLayer = 5,
    threshold = 0.003,
  }: { readonly firstLayer?: number; readonly threshold?: number } = {},
): VtwSearch {
  const samples = rowCount('full', full);
  const candidates = rowCount('withdrawn', withdrawn) / samples;
  requireNumber('withdrawn rows per sample', candidates, { min: 1, integer: true });
  requireCount('vocabulary', withdrawn.width, full.width);
  const { width } = full;
  const divergence = new Float64Array(samples * candidates);
  const meanDivergence = new Float64Array(candidates);
  for (let sample = 0; sample < samples; sample++) {
    const expected = logProbabilities(full.data.subarray(sample * width, (sample + 1) * width));
    for (let candidate = 0; candidate < candidates; candidate++) {
      const row = sample * candidates + candidate;
      const actual = logProbabilities(withdrawn.data.subarray(row * width, (row + 1) * width));
      let sum = 0;
      for (let word = 0; word < width; word++) {
        sum += Math.exp(actual[word]!) * (actual[word]! - expected[word]!);
      }
      divergence[row] = sum;
      meanDivergence[candidate]! += sum / samples;
    }
  }
  const found = meanDivergence.findIndex((value) => value <= threshold);
  if (found < 0) {
    const lowest = Math.min(...meanDivergence);
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected a layer with a mean divergence of at most ${threshold} but the lowest is ${lowest}; raise the threshold or try deeper layers`,
      { threshold, lowest },
    );
  }
  return { layer: firstLayer + found, divergence, meanDivergence };
}
