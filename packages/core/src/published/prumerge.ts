import { requireNumber } from '../errors.js';
import { attentionRow } from '../select/attention-row.js';
import { clampCount } from '../select/clamp-count.js';
import { type Matrix, requireCount, requireFinite, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import { mergeByAttention, PRUMERGE_NEIGHBOURS, type PrumergeSelection } from './prumerge-merge.js';
import { countOutliers, outlierCount } from './prumerge-outliers.js';

/** What PruMerge looks at, in the last layer of the tower. */
export interface PrumergeSignals {
  /** float32 [width]: query of CLS, heads not split. */
  readonly query: Float32Array;
  /** float32 [1 + tokens, width]: keys, CLS first, heads not split. */
  readonly keys: Matrix;
}

/** Settings of PruMerge. */
export interface PrumergeParameters {
  /** Tokens merged into each kept one, at most all others. Default 32. */
  readonly neighbours?: number;
  /** Repeat the published rounding of the count. Default false. */
  readonly reference?: boolean;
}

/**
 * CLS attention of the tower's last layer as if it had one head, CLS column dropped, float32 [tokens],
 * with the keys of the patches, float32 [tokens, width].
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function prumergeAttention({ query, keys }: PrumergeSignals): {
  attention: Float32Array;
  patchKeys: Matrix;
} {
  const rows = rowCount('keys', keys);
  requireFinite('query', query);
  requireCount('query', query.length, keys.width);
  requireNumber('rows of keys, CLS included', rows, { min: 1 });
  const { width } = keys;
  const row = new Float64Array(rows);
  attentionRow({ data: query, heads: 1, width }, { ...keys, heads: 1 }, 0, 0, rows, row);
  return {
    attention: Float32Array.from(row.subarray(1)),
    patchKeys: { data: keys.data.subarray(width), width },
  };
}

/**
 * LLaVA-PruMerge: keeps the tokens whose CLS attention is an outlier, best first, and merges the others
 * into them (42Shawn/LLaVA-PruMerge @ 097c041, `token_prune_merge_advanced`). Rows of the map are patch
 * features; without outliers one row of everything comes out.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function prumerge(
  signals: PrumergeSignals,
  { neighbours = PRUMERGE_NEIGHBOURS, reference = false }: PrumergeParameters = {},
): PrumergeSelection {
  const { attention, patchKeys } = prumergeAttention(signals);
  const near = clampCount('neighbours', neighbours, attention.length);
  const outliers = countOutliers(attention);
  const kept = rankTokens(attention, outlierCount(outliers, attention.length, reference));
  return { map: mergeByAttention(patchKeys, attention, kept, near), kept, attention, outliers };
}
