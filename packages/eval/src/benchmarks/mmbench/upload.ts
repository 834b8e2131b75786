import { AutopruneError } from '@autoprune/core';
import type { Answer } from '../../answers.js';
import type { UploadFile } from '../../benchmark.js';
import { type Cell, LARGEST_CELL, writeXlsx } from '../../files/xlsx.js';
import { requireDistinct, requireForm, requireSomeAnswer, WHOLE_ID } from '../../upload-checks.js';
import type { MmBenchData } from './data.js';

const TITLE = 'MMBench';
const COLUMNS = ['index', 'question', 'A', 'B', 'C', 'D', 'prediction', 'answer', 'split'] as const;

/** @throws ANSWERS_INVALID when a text does not fit its cell */
function checkedCell(index: string, column: string, cell: Cell): Cell {
  const length = typeof cell === 'string' ? cell.length : 0;
  if (length <= LARGEST_CELL) return cell;
  throw new AutopruneError(
    'ANSWERS_INVALID',
    `the ${column} of row ${index} has ${length} characters; a cell of the upload table holds ${LARGEST_CELL}; shorten the answer or ask again with fewer new tokens`,
    { index, column, length, limit: LARGEST_CELL },
  );
}

/**
 * The table that the OpenCompass page takes: one sheet, `prediction` in the seventh column, an empty cell where there is
 * no answer.
 *
 * @throws DATA_INVALID where an index is no whole number or comes twice
 * @throws ANSWERS_MISMATCH when all predictions would be empty
 * @throws ANSWERS_INVALID when an answer does not fit a cell
 */
export function uploadMmBench({ rows }: MmBenchData, answers: readonly Answer[]): UploadFile[] {
  const byIndex = new Map(answers.map(({ id, text }) => [id, text]));
  const hasSplit = rows.some(({ split }) => split !== null);
  const hasGold = rows.some(({ gold }) => gold !== null);
  const columns = COLUMNS.filter(
    (name) => (name !== 'split' || hasSplit) && (name !== 'answer' || hasGold),
  );
  const indices = rows.map(({ index }) => index);
  requireForm(TITLE, 'index', indices, WHOLE_ID);
  requireDistinct(TITLE, 'index', indices);
  requireSomeAnswer(TITLE, indices, (index) => byIndex.has(index));
  const table = rows.map((row) => {
    const prediction = byIndex.get(row.index);
    const cells: Readonly<Record<(typeof COLUMNS)[number], Cell>> = {
      index: Number(row.index),
      question: row.question,
      A: row.options.A ?? null,
      B: row.options.B ?? null,
      C: row.options.C ?? null,
      D: row.options.D ?? null,
      prediction: prediction ?? null,
      answer: row.gold,
      split: row.split,
    };
    return columns.map((name) => checkedCell(row.index, name, cells[name]));
  });
  return [{ name: 'mmbench_upload.xlsx', content: writeXlsx([[...columns], ...table]) }];
}
