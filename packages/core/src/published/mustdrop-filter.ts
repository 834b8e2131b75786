import { requireNumber } from '../errors.js';
import { attentionColumns } from '../select/mean-attention.js';
import { type Attention, requireFinite } from '../select/tensors.js';

/** What a stage of MustDrop drops. Tables use (g, t) = (.001, .001), (.0012, .001), (.011, .01). */
export interface MustdropFilterParameters {
  /** Least share g of all attention to visual tokens. */
  readonly global: number;
  /** Least attention t of one text row. */
  readonly individual: number;
  /** int32: visual tokens that stay whatever they get, in the numbering of this stage. */
  readonly keySet: ArrayLike<number>;
}

/** The visual tokens that a stage keeps; survivors are renumbered from 0. */
export interface MustdropFilterSelection {
  /** int32, ascending. */
  readonly kept: Int32Array;
  /** int32: the key set in the numbering of the next stage, in its order. */
  readonly keySet: Int32Array;
}

/**
 * Dual attention filter of MustDrop: drops a visual token that gets little attention of the text together
 * and little of every text row, unless it is in the key set (liuting20/MustDrop @ 909afa5,
 * `modelling_sparse_llama.py`). How many stay depends on the input.
 *
 * @param attention  float32 [heads, text, visual]: attention of the text to the visual tokens
 * @throws ARGUMENT_INVALID for non-finite values or a key outside the visual tokens
 */
export function mustdropFilter(
  attention: Attention,
  { global, individual, keySet }: MustdropFilterParameters,
): MustdropFilterSelection {
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  requireNumber('global', global);
  requireNumber('individual', individual);
  const visual = attentionColumns(data, heads, rows);
  const sums = new Float64Array(visual);
  const largest = new Float64Array(visual);
  for (let row = 0; row < rows; row++) {
    for (let token = 0; token < visual; token++) {
      let sum = 0;
      for (let head = 0; head < heads; head++) sum += data[(head * rows + row) * visual + token]!;
      sums[token]! += sum / heads;
      largest[token] = Math.max(largest[token]!, sum / heads);
    }
  }
  const limit = global * sums.reduce((total, sum) => total + sum, 0);
  const keep = Uint8Array.from(sums, (sum, token) =>
    Number(sum >= limit || largest[token]! >= individual),
  );
  for (let index = 0; index < keySet.length; index++) {
    requireNumber('keySet', keySet[index], { min: 0, max: visual - 1, integer: true });
    keep[keySet[index]!] = 1;
  }
  const kept = Int32Array.from(keep, (_, token) => token).filter((token) => keep[token] === 1);
  const renumbered = new Map(Array.from(kept, (token, index) => [token, index]));
  return { kept, keySet: Int32Array.from(keySet, (token) => renumbered.get(token)!) };
}
