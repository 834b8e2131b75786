import { open } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { orMissing } from './missing-cells.js';
import { splitRecord, tsvRecords } from './tsv.js';

/** A picture that is still in its file. */
export interface StoredPicture {
  readonly path: string;
  /** Byte offsets of the row that holds it. */
  readonly start: number;
  readonly end: number;
  readonly column: number;
}

/** One row of a table as pandas reads it; a missing cell is null. */
export interface TableRow {
  readonly cells: Readonly<Record<string, string | null>>;
  /** Where its picture column is, in files with one. */
  readonly picture: StoredPicture | undefined;
}

/** Columns with base64 pictures in VLMEvalKit's tables. */
const PICTURE_COLUMN = 'image';
/** Shorter cells of the picture column are the index of the row that has the picture. */
const SHORTEST_PICTURE = 64;

function decode(path: string, row: number, name: string, cell: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cell);
  } catch (cause) {
    throw new AutopruneError(
      'DATA_INVALID',
      `${path}: row ${row}: column ${name}: is not UTF-8; convert the file`,
      { path, row, column: name },
      { cause },
    );
  }
}

/**
 * Visits the rows of a tab-separated table with a header line, as pandas' `read_table` reads it: the texts that pandas
 * takes for missing become null. Pictures stay in the file.
 *
 * @throws DATA_INVALID naming the file and the row
 */
export async function forEachTableRow(
  path: string,
  visit: (row: TableRow, index: number) => void,
): Promise<void> {
  let names: readonly string[] | undefined;
  let index = 0;
  for await (const { cells, start, end } of tsvRecords(path)) {
    if (!names) {
      names = cells.map((cell, column) => decode(path, 1, String(column + 1), cell));
      continue;
    }
    if (cells.length > names.length) {
      throw new AutopruneError(
        'DATA_INVALID',
        `${path}: row ${index + 2}: has ${cells.length} cells where the header has ${names.length}`,
        { path, row: index + 2 },
      );
    }
    const column = names.indexOf(PICTURE_COLUMN);
    const isPicture = column >= 0 && (cells[column]?.length ?? 0) > SHORTEST_PICTURE;
    const named = names.map((name, at): [string, string | null] => {
      const cell = cells[at];
      if (!cell || (isPicture && at === column)) return [name, null];
      return [name, orMissing(decode(path, index + 2, name, cell))];
    });
    const picture = isPicture ? { path, start, end, column } : undefined;
    visit({ cells: Object.fromEntries(named), picture }, index++);
  }
}

/**
 * Reads a picture that was left in its table.
 *
 * @throws DATA_INVALID when the table is packed, because nobody can seek in it
 */
export async function readStoredPicture(picture: StoredPicture): Promise<Buffer> {
  const { path, start, end, column } = picture;
  if (path.endsWith('.gz')) {
    throw new AutopruneError(
      'DATA_INVALID',
      `${path}: pictures cannot be read out of a packed table; unpack it first`,
      { path },
    );
  }
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(end - start);
    await file.read(bytes, 0, bytes.length, start);
    return Buffer.from(splitRecord(bytes)[column]?.toString('latin1') ?? '', 'base64');
  } finally {
    await file.close();
  }
}
