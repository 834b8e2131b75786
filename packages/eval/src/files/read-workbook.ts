import { readFile } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { orMissing } from './missing-cells.js';

/** One row of a sheet by column name; an empty cell, or a text that pandas takes for one, is null. */
export type SheetRow = Readonly<Record<string, string | null>>;

/** True for the name of an Excel workbook. */
export const isWorkbook = (path: string): boolean => /\.xlsx$/i.test(path);

function invalid(path: string, problem: string, cause?: unknown): AutopruneError {
  return new AutopruneError(
    'DATA_INVALID',
    `${path}: ${problem}; write or copy the file again, or save the table as JSON Lines with index and prediction`,
    { path },
    { cause },
  );
}

/** The text of a cell. Numbers come as the text that stands in the file, so that no digit of an id is lost. */
function textOf(cell: unknown): string | null {
  if (cell === null || cell === undefined) return null;
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'boolean') return cell ? 'True' : 'False';
  return orMissing(String(cell));
}

/** The cells of the first sheet. The library is loaded when the first workbook is read. */
async function readCells(path: string): Promise<readonly (readonly unknown[])[]> {
  const bytes = await readFile(path);
  const { readSheet } = await import('read-excel-file/universal');
  try {
    const options = { trim: false, parseNumber: (digits: string) => digits };
    return await readSheet(new Uint8Array(bytes).buffer, options);
  } catch (cause) {
    throw invalid(path, `is not a whole Excel workbook (${(cause as Error).message})`, cause);
  }
}

/**
 * Reads the first sheet of an `.xlsx` workbook, whose first row names the columns.
 *
 * @throws DATA_INVALID naming the file, when it is damaged or cut off, or its first row names no column
 */
export async function readWorkbook(path: string): Promise<SheetRow[]> {
  const [header = [], ...rows] = await readCells(path);
  const names = header.map((cell) => textOf(cell));
  if (names.every((name) => name === null)) throw invalid(path, 'has no column names in row 1');
  return rows.map((cells) =>
    Object.fromEntries(
      names.flatMap((name, column) => (name === null ? [] : [[name, textOf(cells[column])]])),
    ),
  );
}
