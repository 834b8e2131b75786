import { requireNumber } from '../errors.js';
import { mutualInformation } from '../schedule/complexity.js';
import { attentionRow } from './attention-row.js';
import { meanAttention } from './mean-attention.js';
import { type HeadRows, rowCount } from './tensors.js';

/** Where the query rows stand, and which keys are looked at. */
export interface AttentionScoresOptions {
  /** Key row of the first query row: query row r sees the key rows [0, first + r]. */
  readonly first: number;
  /** int32 [columns]: key rows that are looked at, usually those of the visual tokens. */
  readonly columns: Int32Array;
}

/** What {@link attentionScores} found. */
export interface AttentionScores {
  /** float32 [columns]: attention that each column receives, the mean over heads, then query rows. */
  readonly mean: Float32Array;
  /** float64 [heads]: mutual information of query rows and columns, in bits. */
  readonly information: Float64Array;
}

/**
 * Scores and mutual information of text rows over visual keys, from queries and keys: the attention map of
 * a head is computed for these rows and columns only, and not kept.
 *
 * Attention is softmax(q · k / √width) over the keys that a row sees, rounded to float32. Key heads may be
 * fewer than query heads (grouped queries).
 *
 * @param queries  float32 [heads, rows, width], finite; after the rotary embedding
 * @param keys  float32 [key heads, key rows, width], finite, with at least first + rows key rows
 * @throws ARGUMENT_INVALID for non-finite values or shapes that do not fit together
 */
export function attentionScores(
  queries: HeadRows,
  keys: HeadRows,
  { first, columns }: AttentionScoresOptions,
): AttentionScores {
  const rows = rowCount('queries', queries);
  const keyRows = rowCount('keys', keys);
  const { heads } = queries;
  requireNumber('rows', rows, { min: 1 });
  requireNumber('keys width', keys.width, { min: queries.width, max: queries.width });
  requireNumber('heads / key heads', heads / keys.heads, { min: 1, integer: true });
  requireNumber('first', first, { min: 0, max: keyRows - rows, integer: true });
  for (const column of columns) requireNumber('column', column, { min: 0, max: keyRows - 1 });
  const attention = new Float32Array(heads * rows * columns.length);
  const weights = new Float64Array(keyRows);
  let slot = 0;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const visible = first + row + 1;
      attentionRow(queries, keys, head, row, visible, weights);
      for (const column of columns) attention[slot++] = column < visible ? weights[column]! : 0;
    }
  }
  return {
    mean: meanAttention(attention, heads, rows),
    information: mutualInformation(attention, heads, rows),
  };
}
