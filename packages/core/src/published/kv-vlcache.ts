import { requireNumber } from '../errors.js';
import {
  type CacheSelection,
  importancePerHead,
  keepImportant,
} from '../select/cache-selection.js';
import { attentionColumns } from '../select/mean-attention.js';
import { type Attention, requireFinite } from '../select/tensors.js';

/** How VL-Cache shares a budget out. */
export interface VlcacheBudgetParameters {
  /** Share of all positions of all layers. */
  readonly budget: number;
  /** Windows follow each layer's own budget instead of the common one. Default false. */
  readonly windowPerLayer?: boolean;
  /** Dense layers get more; false: all get the same. Default true. */
  readonly layerAdaptive?: boolean;
}

/** How much of one layer's cache stays. */
export interface KvVlcacheParameters
  extends Pick<VlcacheBudgetParameters, 'budget' | 'windowPerLayer'> {
  /** Share of the layer's positions, of {@link vlcacheBudgets}. */
  readonly layerBudget: number;
  readonly keyValueHeads: number;
  /** Choose for every key/value head; false: once for all of them. Default true. */
  readonly headAdaptive?: boolean;
}

/** How sparse a layer's attention is. */
export interface VlcacheSparsity {
  /** int32 [heads]: causal entries of at least 1 % of their row's largest. */
  readonly denseEntries: Int32Array;
  /** 1 − their share of all causal entries. */
  readonly sparsity: number;
}

/** An entry below this share of its row's largest is none. */
const DENSE_SHARE = 0.01;

/** Share of the budget that a common window leaves to the scored positions. */
const SCORED_SHARE = 0.9;

/**
 * Sparsity of a layer: attention of the tokens after the last visual one, which are the last of the prompt.
 *
 * @param attention  float32 [heads, rows, positions], post-softmax, causal
 * @throws ARGUMENT_INVALID for non-finite attention
 */
export function vlcacheSparsity(attention: Attention): VlcacheSparsity {
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  const positions = attentionColumns(data, heads, rows);
  requireNumber('rows of attention', rows, { min: 1, max: positions });
  const denseEntries = new Int32Array(heads);
  for (let row = 0; row < heads * rows; row++) {
    const visible = positions - rows + (row % rows) + 1;
    const entries = data.subarray(row * positions, row * positions + visible);
    let largest = -Infinity;
    for (const value of entries) largest = Math.max(largest, value);
    for (const value of entries) {
      if (value >= DENSE_SHARE * largest) denseEntries[Math.floor(row / rows)]!++;
    }
  }
  const causal = rows * positions - (rows * (rows - 1)) / 2;
  const dense = denseEntries.reduce((sum, count) => sum + count, 0);
  return { denseEntries, sparsity: 1 - dense / (heads * causal) };
}

/**
 * Share of its positions that every layer keeps by score: in proportion to 1 − sparsity, so that they
 * add up to the budget before the limits [0.009, 1] ([0.01, 1] with windows per layer).
 *
 * @param sparsity  one value a layer, in [0, 1]
 * @returns one share a layer
 * @throws ARGUMENT_INVALID for a number out of range
 */
export function vlcacheBudgets(
  sparsity: readonly number[],
  { budget, windowPerLayer = false, layerAdaptive = true }: VlcacheBudgetParameters,
): number[] {
  requireNumber('budget', budget, { min: 0 });
  for (const value of sparsity) requireNumber('sparsity', value, { min: 0, max: 1 });
  const scored = windowPerLayer ? budget : SCORED_SHARE * budget;
  const density = sparsity.reduce((sum, value) => sum + 1 - value, 0);
  const least = windowPerLayer ? DENSE_SHARE : SCORED_SHARE * DENSE_SHARE;
  return sparsity.map((value) => {
    if (!layerAdaptive || density === 0) return Math.min(1, scored);
    return Math.min(1, Math.max(least, ((1 - value) / density) * scored * sparsity.length));
  });
}

/**
 * VL-Cache in EffiVLM-Bench for one layer: the positions that the tokens after the picture attend to most,
 * and a window of a tenth of the budget (@ ab3ee18, `kv_cache_utils.py`; written from the description).
 *
 * @param attention  float32 [heads, rows, positions]: as for {@link vlcacheSparsity}
 * @throws ARGUMENT_INVALID for non-finite attention or a parameter out of range
 */
export function kvVlcache(attention: Attention, parameters: KvVlcacheParameters): CacheSelection {
  const {
    budget,
    layerBudget,
    windowPerLayer = false,
    keyValueHeads,
    headAdaptive = true,
  } = parameters;
  const { data, heads, rows } = attention;
  requireFinite('attention', data);
  const positions = attentionColumns(data, heads, rows);
  requireNumber('budget', budget, { min: 0 });
  requireNumber('layerBudget', layerBudget, { min: 0 });
  requireNumber('heads a key/value head', heads / keyValueHeads, { min: 1, integer: true });
  const windowBudget = windowPerLayer ? 0.1 * layerBudget : 0.1 * budget;
  const window = Math.min(positions, Math.max(1, Math.trunc(windowBudget * positions)));
  const sums = new Float64Array(heads * positions);
  for (let row = 0, slot = 0; row < heads * rows; row++) {
    const first = Math.floor(row / rows) * positions;
    for (let key = 0; key < positions; key++, slot++) sums[first + key]! += data[slot]!;
  }
  const importance = importancePerHead(
    sums,
    heads,
    keyValueHeads,
    positions - window,
    headAdaptive,
  );
  return keepImportant(importance, Math.max(1, Math.trunc(layerBudget * positions)), positions);
}
