import { AutopruneError } from '@autoprune/core';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';

/** One row of a parquet file: its plain columns, and its pictures, which stay in the file until asked for. */
export interface ParquetRow {
  readonly values: Readonly<Record<string, unknown>>;
  readonly pictures: readonly (() => Promise<Uint8Array>)[];
}

interface OpenFile {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

function invalid(path: string, cause: unknown): AutopruneError {
  if (AutopruneError.isInstance(cause)) return cause;
  const { message } = cause as Error;
  return new AutopruneError(
    'DATA_INVALID',
    `${path}: is no parquet file that can be read (${message}); download it again, or rewrite it with snappy or no compression`,
    { path },
    { cause },
  );
}

async function openParquet(path: string): Promise<OpenFile> {
  try {
    const file = await asyncBufferFromFile(path);
    return { path, file, metadata: await parquetMetadataAsync(file) };
  } catch (cause) {
    throw invalid(path, cause);
  }
}

/** Hugging Face stores a picture as a group of `bytes` and `path`, or a list of such groups. */
const holdsPictures = ({ element, children }: SchemaTree): boolean =>
  element.name === 'bytes' || children.some(holdsPictures);

async function readRange(
  { path, file, metadata }: OpenFile,
  columns: string[],
  range: RowRange,
): Promise<Record<string, unknown>[]> {
  try {
    return await parquetReadObjects({ file, metadata, columns, utf8: false, ...range });
  } catch (cause) {
    throw invalid(path, cause);
  }
}

/** Whole numbers as JSON has them; one that a double cannot hold becomes its text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

/** The pictures of one cell. */
function picturesOf(cell: unknown): Uint8Array[] {
  if (cell instanceof Uint8Array) return [cell];
  if (Array.isArray(cell)) return cell.flatMap(picturesOf);
  if (typeof cell !== 'object' || cell === null || !('bytes' in cell)) return [];
  return picturesOf(cell.bytes);
}

/** Reads the picture columns of a row group once for all questions that ask one after another. */
function pictureReader(
  open: OpenFile,
  columns: string[],
): (range: RowRange, row: number) => Promise<Uint8Array[]> {
  let loaded: { start: number; rows: Promise<Record<string, unknown>[]> } | undefined;
  return async (range, row) => {
    if (loaded?.start !== range.rowStart) {
      loaded = { start: range.rowStart, rows: readRange(open, columns, range) };
    }
    const cells = (await loaded.rows)[row - range.rowStart] ?? {};
    return columns.flatMap((column) => picturesOf(cells[column]));
  };
}

/** The row groups of a file, one after another. */
function* rowGroups({ row_groups: groups }: FileMetaData): Generator<RowRange> {
  let rowStart = 0;
  for (const { num_rows: count } of groups) {
    const rowEnd = rowStart + Number(count);
    yield { rowStart, rowEnd };
    rowStart = rowEnd;
  }
}

/**
 * Visits the rows of a parquet file as Hugging Face publishes data sets, a row group at a time.
 *
 * @throws DATA_INVALID naming the file
 */
export async function forEachParquetRow(
  path: string,
  visit: (row: ParquetRow) => void,
): Promise<void> {
  const open = await openParquet(path);
  const { children } = parquetSchema(open.metadata);
  const nameOf = ({ element }: SchemaTree): string => element.name;
  const pictureColumns = children.filter(holdsPictures).map(nameOf);
  const columns = children.map(nameOf).filter((name) => !pictureColumns.includes(name));
  const readPictures = pictureReader(open, pictureColumns);
  for (const range of rowGroups(open.metadata)) {
    const rows = await readRange(open, columns, range);
    rows.forEach((values, at) => {
      const row = range.rowStart + at;
      // Where a cell has no picture its turn comes out empty.
      const pictures = pictureColumns.map((_, column) => async () => {
        const all = await readPictures(range, row);
        return all[column] ?? new Uint8Array();
      });
      visit({ values: plain(values) as Record<string, unknown>, pictures });
    });
  }
}
