import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { cosines } from '../select/cosine.js';
import { type HeadRows, type Matrix, requireCount, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/** What DART looks at, for the whole sequence. */
export interface DartSignals {
  /** float32 [sequence, width]: hidden states that enter layer K, after the final norm. */
  readonly hidden: Matrix;
  /** float32 [heads, sequence, headSize]: keys of layer K − 1, after the rotary embedding. */
  readonly keys: HeadRows;
}

/** Where the visual tokens stand, and how many are kept. */
export interface DartParameters {
  /** First visual position; text after the visual tokens may give pivots. */
  readonly start: number;
  readonly visual: number;
  /** Visual tokens that each pivot keeps, of {@link dartPerPivot}. */
  readonly perPivot: number;
  /** Default 4. UniPruneBench: 10. */
  readonly imagePivots?: number;
  /** Default 4. UniPruneBench: 5. */
  readonly textPivots?: number;
  /** Sequence positions of all pivots in the order to use. Default ascending. */
  readonly pivotOrder?: readonly number[];
}

/** The visual tokens that DART keeps. */
export interface DartSelection {
  /** int32, ascending, counted from the first visual token. */
  readonly kept: Int32Array;
  /** int32: visual pivots, largest key first, counted from the first visual token. */
  readonly imagePivots: Int32Array;
  /** int32: sequence positions of the text pivots, largest key first. */
  readonly textPivots: Int32Array;
}

/** Tokens that each pivot keeps when a share of `visual` goes: int(N · (1 − ratio) / pivots). */
export function dartPerPivot(visual: number, reductionRatio: number, pivots: number): number {
  requireNumber('pivots', pivots, { min: 1, integer: true });
  return Math.trunc((visual * (1 - reductionRatio)) / pivots);
}

/**
 * DART: pivots are the tokens with the largest keys; each keeps the visual tokens that are least like it
 * (ModelTC/LightCompress @ 9701d03, `dart.py`, a port of ZichenWen1/DART).
 *
 * The order of pivots matters, because each takes from what the earlier ones left. The published order is
 * that of a CPython set, an accident of the interpreter; the default here is ascending.
 *
 * @throws ARGUMENT_INVALID for non-finite values, or positions outside the sequence
 */
export function dart({ hidden, keys }: DartSignals, parameters: DartParameters): DartSelection {
  const { start, visual, perPivot } = parameters;
  const sequence = rowCount('hidden', hidden);
  requireCount('keys', rowCount('keys', keys), sequence);
  requireNumber('start', start, { min: 0, max: sequence, integer: true });
  requireNumber('visual', visual, { min: 0, max: sequence - start, integer: true });
  const quota = clampCount('perPivot', perPivot, visual);
  const size = keySizes(keys, sequence);
  const end = start + visual;
  const largest = (first: number, last: number, name: 'imagePivots' | 'textPivots') =>
    rankTokens(size.subarray(first, last), clampCount(name, parameters[name] ?? 4, last - first));
  const imagePivots = largest(start, end, 'imagePivots');
  const textPivots = largest(end, sequence, 'textPivots').map((token) => token + end);

  const pivots = [...imagePivots.map((token) => token + start), ...textPivots];
  const order = parameters.pivotOrder ?? pivots.sort((a, b) => a - b);
  const cosine = cosines(hidden);
  const kept = new Set(imagePivots);
  for (const pivot of order) {
    requireNumber('pivotOrder', pivot, { min: 0, max: sequence - 1, integer: true });
    const pool = Int32Array.from({ length: visual }, (_, token) => token).filter(
      (t) => !kept.has(t),
    );
    const unlike = Float32Array.from(pool, (token) => -cosine(pivot, start + token));
    for (const index of rankTokens(unlike, Math.min(quota, pool.length))) kept.add(pool[index]!);
  }
  return { kept: Int32Array.from(kept).sort(), imagePivots, textPivots };
}

/** Sum of absolute key values over all heads, float32 [sequence]. */
function keySizes({ data, heads, width }: HeadRows, sequence: number): Float32Array {
  const sizes = new Float64Array(sequence);
  for (let head = 0, slot = 0; head < heads; head++) {
    for (let row = 0; row < sequence; row++) {
      for (let end = slot + width; slot < end; slot++) sizes[row]! += Math.abs(data[slot]!);
    }
  }
  return Float32Array.from(sizes);
}
