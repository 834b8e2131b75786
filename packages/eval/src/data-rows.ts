import { basename } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import type { z } from 'zod';
import type { Question } from './benchmark.js';
import { findFile, type Input, matchFiles, requireFile } from './files/input.js';
import { forEachParquetRow } from './files/parquet.js';
import { forEachTableRow, readStoredPicture } from './files/tsv-table.js';
import { readRecords } from './records.js';

/** One row of the data, and its pictures where the file itself has them. */
export interface DataRow<Fields> {
  readonly fields: Fields;
  readonly pictures?: Question['images'];
}

const TABLE = /^(?!gold\.tsv).*\.(?:tsv|parquet)(?:\.gz)?$/;

/** Checks one row of a table against the schema of the benchmark. */
function checked<Fields>(
  path: string,
  row: number,
  values: object,
  schema: z.ZodType<Fields>,
): Fields {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new AutopruneError(
    'DATA_INVALID',
    `${path}: row ${row}: column ${issue.path.join('.')}: ${issue.message}`,
    { path, row },
  );
}

/** Missing cells are absent columns, as in a JSON record. */
const present = (values: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

async function readTsv<Fields>(
  path: string,
  schema: z.ZodType<Fields>,
): Promise<DataRow<Fields>[]> {
  const rows: DataRow<Fields>[] = [];
  await forEachTableRow(path, ({ cells, picture }, index) => {
    const fields = checked(path, index + 2, present(cells), schema);
    rows.push({ fields, pictures: picture ? [() => readStoredPicture(picture)] : [] });
  });
  return rows;
}

async function readParquet<Fields>(
  path: string,
  schema: z.ZodType<Fields>,
): Promise<DataRow<Fields>[]> {
  const rows: DataRow<Fields>[] = [];
  await forEachParquetRow(path, ({ values, pictures }) => {
    rows.push({ fields: checked(path, rows.length + 1, present(values), schema), pictures });
  });
  return rows;
}

/** The tables of an input: the file itself, or those of the folder, its `data` folder last; shards in name order. */
async function tablesOf(data: Input): Promise<string[]> {
  if (!data.isFolder) return TABLE.test(basename(data.path)) ? [data.path] : [];
  const here = await matchFiles(data, '.', TABLE);
  const found = here.length > 0 ? here : await matchFiles(data, 'data', TABLE);
  return found.map(({ path }) => path);
}

/** True when an input holds a table of VLMEvalKit or Hugging Face; `gold.tsv` is no such table. */
export async function hasTables(data: Input): Promise<boolean> {
  return (await tablesOf(data)).length > 0;
}

/**
 * Reads the rows of a benchmark from the first of its own files that is there, else from VLMEvalKit's TSV or the parquet
 * shards of Hugging Face in its folder.
 *
 * @param names  the benchmark's own files, best first
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readDataRows<Fields>(
  data: Input,
  names: readonly string[],
  schema: z.ZodType<Fields>,
): Promise<DataRow<Fields>[]> {
  const own = data.isFolder ? await findFile(data, names) : undefined;
  const tables = own === undefined ? await tablesOf(data) : [];
  if (tables.length === 0) {
    const records = await readRecords(own ?? (await requireFile(data, names)), schema);
    return records.map((fields) => ({ fields, pictures: [] }));
  }
  const rows: DataRow<Fields>[] = [];
  for (const path of tables) {
    const read = /\.parquet$/.test(path) ? readParquet : readTsv;
    rows.push(...(await read(path, schema)));
  }
  return rows;
}
