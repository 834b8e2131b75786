import type { MetricValue } from '../metrics.js';
import type { BenchmarkScore } from '../score.js';
import { AUTOPRUNE_TABLES } from './autoprune-tables.js';
import { PUBLISHED_COLUMNS, type PublishedColumn, type PublishedColumnName } from './columns.js';
import { MODEL_ZOO } from './model-zoo.js';
import type { PublishedRow, PublishedTable } from './table.js';

/** One cell of a published table with what it counts. */
export interface PublishedScore extends Omit<PublishedColumn, 'paths' | 'factor'> {
  readonly model: string;
  readonly method: string;
  readonly averageTokens: number | null;
  readonly column: PublishedColumnName;
  /** As printed. */
  readonly score: number;
  readonly source: string;
  /** Why the cell is probably wrong; absent where nothing speaks against it. */
  readonly suspect?: string;
}

/** Cells that contradict their table. */
const SUSPECT_CELLS: readonly {
  readonly method: string;
  readonly averageTokens: number;
  readonly column: PublishedColumnName;
  readonly reason: string;
}[] = [
  {
    method: 'sparsevlm',
    averageTokens: 192,
    column: 'textvqa',
    reason: 'above the unpruned score; the printed ratio of 95.5 fits 55.9 to 56.1',
  },
];

/** The scripts of AutoPrune run ScienceQA with 64 tokens, whatever the budget of the row. */
const IGNORED_BUDGET = 'the script ignores the budget and runs with 64 tokens';

function suspicion(
  { method, averageTokens }: PublishedRow,
  column: PublishedColumnName,
): string | undefined {
  if (method === 'autoprune' && column === 'sqa_total' && averageTokens !== 64) {
    return IGNORED_BUDGET;
  }
  return SUSPECT_CELLS.find(
    (cell) =>
      cell.method === method && cell.averageTokens === averageTokens && cell.column === column,
  )?.reason;
}

function cellsOf({ model, source, columns, rows }: PublishedTable): PublishedScore[] {
  return rows.flatMap((row) =>
    columns.flatMap((column, place): PublishedScore[] => {
      const score = row.scores[place];
      if (score === undefined) return [];
      const { benchmark, definition, tolerance, basis } = PUBLISHED_COLUMNS[column];
      const { method, averageTokens } = row;
      const suspect = suspicion(row, column);
      const counted = { benchmark, definition, tolerance, basis, column, score, source };
      return [{ model, method, averageTokens, ...counted, ...(suspect && { suspect }) }];
    }),
  );
}

/** Tables as printed, with their ratios and FLOPs. */
export const publishedTables: readonly PublishedTable[] = [...MODEL_ZOO, ...AUTOPRUNE_TABLES];

/** Every built-in published score. */
export const publishedScores: readonly PublishedScore[] = publishedTables.flatMap(cellsOf);

const isTable = (
  value: MetricValue | undefined,
): value is { readonly [key: string]: MetricValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The number at a path; `*` is the only table there is. */
function metricAt(metrics: MetricValue, path: readonly string[]): number | undefined {
  let value: MetricValue | undefined = metrics;
  for (const key of path) {
    if (!isTable(value)) return undefined;
    const tables: MetricValue[] = Object.values(value).filter(isTable);
    if (key !== '*') value = value[key];
    else value = tables.length > 1 ? undefined : (tables[0] ?? value);
  }
  return typeof value === 'number' ? value : undefined;
}

/** A measured score held against a published one. */
export interface PublishedComparison {
  readonly published: PublishedScore;
  /** In the printed unit. */
  readonly measured: number;
  readonly difference: number;
  readonly withinTolerance: boolean;
}

/**
 * Holds scores against published ones of a model and method: "is my baseline right?".
 *
 * @param which  `model` as published, without regard to case; `method` `none` by default; `averageTokens` as printed
 * @returns one a published number that the score has, none where nothing is published
 */
export function compareWithPublished(
  score: Pick<BenchmarkScore, 'benchmark' | 'definitions'>,
  which: { readonly model: string; readonly method?: string; readonly averageTokens?: number },
): PublishedComparison[] {
  const { model, method = 'none', averageTokens = null } = which;
  const candidates = publishedScores.filter(
    (one) =>
      one.benchmark === score.benchmark &&
      one.model.toLowerCase() === model.toLowerCase() &&
      one.method === method &&
      one.averageTokens === averageTokens,
  );
  return candidates.flatMap((published): PublishedComparison[] => {
    const { paths, factor } = PUBLISHED_COLUMNS[published.column];
    const scored = score.definitions.find(
      ({ definition }) => definition.name === published.definition,
    );
    const parts = scored ? paths.map((path) => metricAt(scored.metrics, path)) : [];
    if (parts.length === 0 || parts.includes(undefined)) return [];
    const measured = factor * parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
    const difference = measured - published.score;
    const withinTolerance = Math.abs(difference) <= published.tolerance;
    return [{ published, measured, difference, withinTolerance }];
  });
}
