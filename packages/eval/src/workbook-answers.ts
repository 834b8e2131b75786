import { AutopruneError } from '@autoprune/core';
import type { Answer } from './answers.js';
import type { Question } from './benchmark.js';
import { readWorkbook, type SheetRow } from './files/read-workbook.js';
import { ID_FIELDS, idOfRecord } from './record-ids.js';

/**
 * Reads the predictions that VLMEvalKit writes (`<model>_<dataset>.xlsx`: `index`, `question`, …, `prediction`), in row
 * order. An empty prediction is an empty answer.
 *
 * @param idOf  id of a row, as the benchmark's data has it
 * @throws DATA_INVALID naming the file and the missing column
 */
export async function readWorkbookAnswers(
  path: string,
  idOf: (row: SheetRow, place: number) => string = idOfRecord,
): Promise<Answer[]> {
  const rows = await readWorkbook(path);
  const columns = Object.keys(rows[0] ?? {});
  const needed = ['prediction', ...(columns.some((name) => isId(name)) ? [] : ['index'])];
  const absent = needed.filter((name) => !columns.includes(name));
  if (absent.length > 0) {
    throw new AutopruneError(
      'DATA_INVALID',
      `${path}: has no column ${absent.join(' and no column ')} (it has ${columns.join(', ') || 'no rows'}); give the file of predictions that VLMEvalKit writes, not one of its results`,
      { path, absent, columns },
    );
  }
  return rows.map((row, place) => ({
    id: idOf(row, place),
    prompt: row.question ?? '',
    text: row.prediction ?? '',
  }));
}

const isId = (name: string): boolean => ID_FIELDS.some((field) => field === name);

/** Question texts without blanks, which tools set in their own ways. */
const plain = (text: string): string => text.replace(/\s+/g, '');

/**
 * Checks that rows and questions of the same id are the same question. VLMEvalKit counts rows where other files have ids,
 * so that a workbook can fit the ids of other data by chance. Tools word some questions in their own way, so that half of
 * the questions will do.
 *
 * @throws ANSWERS_MISMATCH when most rows ask something else than the question of their id
 */
export async function checkWorkbookQuestions(
  path: string,
  questions: readonly Question[],
): Promise<void> {
  const textOf = new Map(questions.map(({ id, text }) => [id, plain(text)]));
  const compared = (await readWorkbook(path)).flatMap((row) => {
    const id = ID_FIELDS.map((name) => row[name]).find((one) => one && textOf.has(one));
    return id && row.question ? [{ id, asked: row.question }] : [];
  });
  const others = compared.filter(({ id, asked }) => !textOf.get(id)!.includes(plain(asked)));
  const [first] = others;
  if (first === undefined || others.length * 2 <= compared.length) return;
  throw new AutopruneError(
    'ANSWERS_MISMATCH',
    `${path}: ${others.length} of ${compared.length} rows ask another question than the data has under their id (the first is ${first.id}); score it against the table that VLMEvalKit asked from`,
    { path, others: others.length, compared: compared.length, first: first.id },
  );
}
