import { AutopruneError } from '@autoprune/core';
import { openBytes } from './read-text.js';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** No picture of a benchmark is near this; a quote that is never closed is. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** One row of a table, its cells still bytes: a picture is not decoded unless somebody asks. */
export interface TsvRecord {
  /** Byte offset of the row in the (unpacked) file. */
  readonly start: number;
  /** Byte offset of its end, line end included. */
  readonly end: number;
  /** Valid until the next record is asked for. */
  readonly cells: readonly Buffer[];
}

interface ParsedCell {
  readonly cell: Buffer;
  /** Position of the tab or line feed behind the cell, or the end of the data. */
  readonly next: number;
}

/** Reads the quoted part of a cell at `at`; undefined when it does not end in the data. */
function quotedPart(data: Buffer, at: number): ParsedCell | undefined {
  const parts: Buffer[] = [];
  let from = at + 1;
  for (;;) {
    const quote = data.indexOf(QUOTE, from);
    if (quote < 0) return undefined;
    const doubled = data[quote + 1] === QUOTE;
    parts.push(data.subarray(from, doubled ? quote + 1 : quote));
    if (!doubled) {
      const cell = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      return { cell, next: quote + 1 };
    }
    from = quote + 2;
  }
}

/** The next tab or line feed at or after `at`, or the end of the data. */
function delimiterAt(data: Buffer, at: number, lineEnd: number): number {
  const tab = data.indexOf(TAB, at);
  return tab >= 0 && tab < lineEnd ? tab : lineEnd;
}

/**
 * Parses the record at the start of `data`: quotes count at the start of a cell alone, two inside stand for one.
 *
 * @param final  true when no more data follows
 * @returns undefined when the record does not end in the data
 */
function parseRecord(
  data: Buffer,
  final: boolean,
): { readonly cells: Buffer[]; readonly length: number } | undefined {
  const cells: Buffer[] = [];
  let at = 0;
  let lineEnd = -1;
  for (;;) {
    const quoted = data[at] === QUOTE ? quotedPart(data, at) : undefined;
    if (data[at] === QUOTE && !quoted) return undefined;
    const from = quoted?.next ?? at;
    // What follows may decide whether a quote was doubled.
    if (from >= data.length && !final) return undefined;
    if (lineEnd < from) {
      const found = data.indexOf(LINE_FEED, from);
      if (found < 0 && !final) return undefined;
      lineEnd = found < 0 ? data.length : found;
    }
    const next = delimiterAt(data, from, lineEnd);
    let tail = data.subarray(from, next);
    const isLast = next === lineEnd;
    if (isLast && tail.at(-1) === CARRIAGE_RETURN) tail = tail.subarray(0, -1);
    cells.push(
      quoted ? (tail.length > 0 ? Buffer.concat([quoted.cell, tail]) : quoted.cell) : tail,
    );
    if (isLast) return { cells, length: Math.min(next + 1, data.length) };
    at = next + 1;
  }
}

/** The cells of one whole record. */
export function splitRecord(record: Buffer): readonly Buffer[] {
  return parseRecord(record, true)?.cells ?? [];
}

/**
 * Streams the records of a tab-separated file with CSV quoting, as pandas' `read_table` splits them. Blank lines are
 * passed over. The memory is that of the largest record.
 *
 * @throws DATA_INVALID naming the file and the row, when a quoted cell never ends
 */
export async function* tsvRecords(path: string): AsyncGenerator<TsvRecord> {
  let data: Buffer = Buffer.alloc(0);
  let start = 0;
  let row = 0;
  const invalid = (): AutopruneError =>
    new AutopruneError(
      'DATA_INVALID',
      `${path}: row ${row + 1}: a quoted cell does not end; the file is damaged or cut off`,
      { path, row: row + 1 },
    );
  function* take(final: boolean): Generator<TsvRecord> {
    let used = 0;
    while (used < data.length) {
      const record = parseRecord(data.subarray(used), final);
      if (!record) break;
      used += record.length;
      const { cells, length } = record;
      if (cells.length > 1 || cells[0]!.length > 0) {
        row++;
        yield { start, end: start + length, cells };
      }
      start += length;
    }
    data = data.subarray(used);
    if (data.length > MAX_RECORD_BYTES || (final && data.length > 0)) throw invalid();
  }
  for await (const chunk of await openBytes(path)) {
    const part = chunk as Buffer;
    data = data.length === 0 ? part : Buffer.concat([data, part]);
    if (start === 0 && row === 0 && data.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
      data = data.subarray(3);
      start = 3;
    }
    yield* take(false);
  }
  yield* take(true);
}
