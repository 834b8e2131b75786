import { AutopruneError } from '@autoprune/core';
import type { Answer } from '../../answers.js';
import type { UploadFile } from '../../benchmark.js';
import { LARGEST_CELL, writeXlsx } from '../../files/xlsx.js';
import type { MmBenchData } from './data.js';

const COLUMNS = ['index', 'question', 'A', 'B', 'C', 'D', 'prediction', 'answer', 'split'] as const;

/**
 * The table that the OpenCompass page takes: one sheet, `prediction` in the seventh column, an empty cell where there is
 * no answer.
 *
 * @throws ANSWERS_INVALID when an answer does not fit a cell
 */
export function uploadMmBench({ rows }: MmBenchData, answers: readonly Answer[]): UploadFile[] {
  const byIndex = new Map(answers.map(({ id, text }) => [id, text]));
  const hasSplit = rows.some(({ split }) => split !== null);
  const hasGold = rows.some(({ gold }) => gold !== null);
  const columns = COLUMNS.filter(
    (name) => (name !== 'split' || hasSplit) && (name !== 'answer' || hasGold),
  );
  const table = rows.map((row) => {
    const prediction = byIndex.get(row.index);
    if (prediction !== undefined && prediction.length > LARGEST_CELL) {
      throw new AutopruneError(
        'ANSWERS_INVALID',
        `the answer to row ${row.index} has ${prediction.length} characters; a cell of the upload table holds ${LARGEST_CELL}`,
        { index: row.index, length: prediction.length, limit: LARGEST_CELL },
      );
    }
    const cells: Readonly<Record<(typeof COLUMNS)[number], string | number | null>> = {
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
    return columns.map((name) => cells[name]);
  });
  return [{ name: 'mmbench_upload.xlsx', content: writeXlsx([[...columns], ...table]) }];
}
