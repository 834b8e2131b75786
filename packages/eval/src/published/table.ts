import type { PublishedColumnName } from './columns.js';

/** One row of a table, as printed. */
export interface PublishedRow {
  /** A method of `@autoprune/core`, `none` for the unpruned model. */
  readonly method: string;
  /** "Average tokens" as printed; null unpruned. */
  readonly averageTokens: number | null;
  /** In the order of the table's columns. */
  readonly scores: readonly number[];
  /** Mean share of the unpruned scores in percent, as printed. */
  readonly ratio?: number;
  /** FLOPs in percent of the unpruned model, as printed. */
  readonly flops?: number;
}

/** A published table of one model. */
export interface PublishedTable {
  readonly model: string;
  /** Where it was read: repository and file. */
  readonly source: string;
  readonly columns: readonly PublishedColumnName[];
  readonly rows: readonly PublishedRow[];
}

/** A row in the order in which tables are printed: the method, its tokens, its scores, and the mean columns at the end. */
export function row(
  method: string,
  averageTokens: number | null,
  scores: readonly number[],
  ratio?: number,
  flops?: number,
): PublishedRow {
  return {
    method,
    averageTokens,
    scores,
    ...(ratio === undefined ? {} : { ratio }),
    ...(flops === undefined ? {} : { flops }),
  };
}
