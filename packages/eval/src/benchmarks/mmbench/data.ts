import { z } from 'zod';
import { type Answer, countKeys, findAnswerFile, idSchema, readAnswerFile } from '../../answers.js';
import type { Counts } from '../../benchmark.js';
import { findFile, type Input, matchFiles, requireFile } from '../../files/input.js';
import { forEachJsonLine } from '../../files/read-json.js';
import { forEachTableRow, type StoredPicture } from '../../files/tsv-table.js';
import { letteredOptions } from '../../scoring/choice/letters.js';

/** Letters of the options that a table can have. */

/** One row: a question in one of its circular passes. */
export interface MmBenchRow {
  readonly index: string;
  readonly question: string;
  readonly hint: string | null;
  /** Texts of the options that are there, by letter. */
  readonly options: Readonly<Record<string, string>>;
  readonly gold: string | null;
  readonly split: string | null;
  readonly category: string | null;
  readonly l2Category: string | null;
  readonly picture: StoredPicture | undefined;
  /** The index of the row that has the picture, in tables that store it once. */
  readonly pictureIndex: string | null;
}

/** MMBench as read, in file order. */
export interface MmBenchData {
  readonly rows: readonly MmBenchRow[];
  /** Predictions that stand in the table itself. */
  readonly predictions: readonly Answer[];
}

const cell = z.union([z.string(), z.number().transform(String)]).nullish();
const jsonSchema = z.looseObject({
  index: idSchema,
  question: z.string(),
  answer: cell,
  hint: cell,
  split: cell,
  category: cell,
  'l2-category': cell,
  prediction: cell,
});

type Cells = Readonly<Record<string, string | null>>;

function toRow(cells: Cells, picture: StoredPicture | undefined): MmBenchRow {
  return {
    index: cells.index ?? '',
    question: cells.question ?? '',
    hint: cells.hint ?? null,
    options: letteredOptions(cells),
    gold: cells.answer ?? null,
    split: cells.split ?? null,
    category: cells.category ?? null,
    l2Category: cells['l2-category'] ?? null,
    picture,
    pictureIndex: cells.image ?? null,
  };
}

async function readRows(path: string): Promise<MmBenchData> {
  const rows: MmBenchRow[] = [];
  const predictions: Answer[] = [];
  await forEachJsonLine(path, jsonSchema, ({ value }) => {
    const cells = Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, one == null ? null : String(one)]),
    );
    rows.push(toRow(cells, undefined));
    if (value.prediction != null) {
      predictions.push({ id: value.index, prompt: '', text: value.prediction });
    }
  });
  return { rows, predictions };
}

async function readTable(path: string): Promise<MmBenchData> {
  const rows: MmBenchRow[] = [];
  await forEachTableRow(path, ({ cells, picture }) => rows.push(toRow(cells, picture)));
  return { rows, predictions: [] };
}

/**
 * Reads the benchmark's table, or rows as JSON Lines.
 *
 * @param tables  matches the names of tables
 */
export async function readMmBench(data: Input, tables: RegExp): Promise<MmBenchData> {
  const rows = data.isFolder ? await findFile(data, ['rows.jsonl']) : undefined;
  if (rows !== undefined) return readRows(rows);
  if (!data.isFolder) {
    return /\.jsonl(\.gz)?$/.test(data.path) ? readRows(data.path) : readTable(data.path);
  }
  const [table] = await matchFiles(data, '.', tables);
  return readTable(table?.path ?? (await requireFile(data, ['mmbench_dev_20230712.tsv'])));
}

/** Reads a LLaVA answer file, or the predictions of rows. */
export async function readMmBenchAnswers(predictions: Input): Promise<readonly Answer[]> {
  const rows = predictions.isFolder
    ? await findFile(predictions, ['rows.jsonl'])
    : /(^|[\\/])rows\.jsonl(\.gz)?$/.test(predictions.path)
      ? predictions.path
      : undefined;
  if (rows !== undefined) return (await readRows(rows)).predictions;
  return readAnswerFile(await findAnswerFile(predictions));
}

/** How answers fit rows. */
export function countMmBench(
  { rows }: MmBenchData,
  answers: readonly Answer[],
): Omit<Counts, 'unparsed'> {
  return countKeys(
    rows.map(({ index }) => index),
    answers.map(({ id }) => id),
  );
}
