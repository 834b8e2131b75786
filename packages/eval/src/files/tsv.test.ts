import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tsvRecords } from './tsv.js';
import { forEachTableRow, readStoredPicture, type TableRow } from './tsv-table.js';

const path = join(mkdtempSync(join(tmpdir(), 'autoprune-tsv-')), 'table.tsv');

async function rowsOf(content: string | Buffer): Promise<string[][]> {
  writeFileSync(path, content);
  const rows: string[][] = [];
  for await (const { cells } of tsvRecords(path)) rows.push(cells.map((cell) => cell.toString()));
  return rows;
}

const quote = (cell: string): string =>
  /["\t\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

describe('tsvRecords', () => {
  it('reads back any cells that were quoted', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', '\t', '\n', '\r', ' ', '𝒳') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = rows.map((cells) => `${cells.map(quote).join('\t')}\n`).join('');
        expect(await rowsOf(text)).toEqual(rows);
      }),
    );
  });

  it('takes CRLF, a byte-order mark, blank lines and a last line without an end', async () => {
    expect(await rowsOf('\ufeffa\tb\r\n\r\n1\t"x\r\ny"\r\n3\t')).toEqual([
      ['a', 'b'],
      ['1', 'x\r\ny'],
      ['3', ''],
    ]);
  });

  it('takes a quote for a quote at the start of a cell alone', async () => {
    expect(await rowsOf('5" pipe\t"a"b\n')).toEqual([['5" pipe', 'ab']]);
  });

  it('takes cells as long as a workbook holds them, and longer', async () => {
    const lengths = [32_767, 32_768, 2 ** 20];
    const cells = lengths.map((length) => 'é"\n'.repeat(length / 3).padEnd(length, 'x'));
    const [row] = await rowsOf(`${cells.map(quote).join('\t')}\n`);
    expect(row!.map((cell) => cell.length)).toEqual(lengths);
    expect(row).toEqual(cells);
  });

  it('names the row of a quoted cell that never ends', async () => {
    await expect(rowsOf('a\tb\n1\t"open\n2\tc\n')).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('row 2: a quoted cell does not end'),
    });
  });
});

describe('forEachTableRow', () => {
  async function table(text: string): Promise<TableRow[]> {
    writeFileSync(path, text);
    const rows: TableRow[] = [];
    await forEachTableRow(path, (row) => rows.push(row));
    return rows;
  }

  it('takes what pandas takes for missing', async () => {
    const [row] = await table('A\tB\tC\tD\nNone\tNA\tnone\t\n');
    expect(row!.cells).toEqual({ A: null, B: null, C: 'none', D: null });
  });

  it('leaves pictures in the file and finds them again', async () => {
    const picture = Buffer.from('a picture '.repeat(20));
    const base64 = picture.toString('base64');
    const [first, second] = await table(
      `index\tquestion\timage\n1\t"Is ""é""\nhere?"\t${base64}\n1000001\tq\t1\n`,
    );
    expect(first!.cells.image).toBeNull();
    expect(await readStoredPicture(first!.picture!)).toEqual(picture);
    expect(second).toMatchObject({ picture: undefined, cells: { image: '1' } });
  });
});
