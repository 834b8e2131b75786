import { requireNumber } from '../errors.js';
import { type CacheSelection, cacheBudget, keepWholeCache } from '../select/cache-selection.js';

/**
 * StreamingLLM in EffiVLM-Bench: the first positions, and the last tenth of the capacity (@ ab3ee18,
 * `kv_cache_utils.py`; written from the description). The paper has 4 first positions instead.
 *
 * @param positions  cached positions n
 * @param parameters  budget: share of n; the whole cache where n is below the capacity
 * @throws ARGUMENT_INVALID for a count or a budget out of range
 */
export function kvStreamingllm(
  { positions, keyValueHeads }: { readonly positions: number; readonly keyValueHeads: number },
  { budget }: { readonly budget: number },
): CacheSelection {
  requireNumber('positions', positions, { min: 0, integer: true });
  requireNumber('keyValueHeads', keyValueHeads, { min: 1, integer: true });
  const { capacity, window } = cacheBudget(positions, budget);
  if (positions < capacity) return keepWholeCache(positions, keyValueHeads);
  const first = capacity - window;
  const kept = Int32Array.from({ length: capacity }, (_, index) =>
    index < first ? index : positions - capacity + index,
  );
  const heads = Array.from({ length: keyValueHeads }, () => kept);
  return { kept: heads, order: heads };
}
