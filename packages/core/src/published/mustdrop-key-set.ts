import { requireNumber } from '../errors.js';
import { type Attention, receivedMean } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';

/**
 * MustDrop's key set: the best ceil(8 %) of the patches that the spatial merge left, by CLS attention of the
 * tower's last layer; no later stage drops them (liuting20/MustDrop @ 909afa5, `clip_encoder.py`).
 *
 * @param attention  float32 [heads, 1, 1 + patches]: CLS row, CLS column first
 * @param options  rate: share of the patches, in [0, 1]; default 0.08
 * @returns int32, patch numbers without CLS, best first
 * @throws ARGUMENT_INVALID for non-finite attention or a rate out of range
 */
export function mustdropKeySet(
  attention: Attention,
  { rate = 0.08 }: { readonly rate?: number } = {},
): Int32Array {
  requireNumber('rate', rate, { min: 0, max: 1 });
  const patches = receivedMean(attention).subarray(1);
  return rankTokens(patches, Math.ceil(rate * patches.length));
}
