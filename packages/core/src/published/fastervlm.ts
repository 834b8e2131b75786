import { clampCount } from '../select/clamp-count.js';
import { type Attention, receivedMean } from '../select/tensors.js';
import { selectTopTokens } from '../select/top-tokens.js';

/** What FasterVLM looks at. */
export interface FastervlmSignals {
  /** float32 [heads, 1, tokens]: CLS attention of tower layer −2 to the patches; one head when reduced. */
  readonly attention: Attention;
}

/** The tokens that FasterVLM keeps. */
export interface FastervlmSelection {
  /** int32 [min(keep, tokens)], ascending. */
  readonly kept: Int32Array;
  /** float32 [tokens]: mean over heads. */
  readonly scores: Float32Array;
}

/**
 * FasterVLM: the `keep` tokens that the CLS token attends to most, in spatial order
 * (Theia-4869/FasterVLM @ f5d5f12, `encode_images`).
 *
 * @throws ARGUMENT_INVALID for a non-finite attention or a count that is no whole number
 */
export function fastervlm(
  { attention }: FastervlmSignals,
  { keep }: { readonly keep: number },
): FastervlmSelection {
  const scores = receivedMean(attention);
  return { kept: selectTopTokens(scores, clampCount('keep', keep, scores.length)), scores };
}
