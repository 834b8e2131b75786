import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { forEachParquetRow, type ParquetRow } from './parquet.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-parquet-'));

function write(name: string): string {
  const path = join(folder, name);
  const buffer = parquetWriteBuffer({
    rowGroupSize: 2,
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
      { name: 'question', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'index', data: [1n, 2n, 2n ** 60n + 1n] },
      { name: 'question', data: ['a?', null, 'ü?'] },
      { name: 'bytes', data: [Uint8Array.of(255, 1), Uint8Array.of(2), Uint8Array.of(3)] },
    ],
  });
  writeFileSync(path, new Uint8Array(buffer));
  return path;
}

async function rowsOf(path: string): Promise<ParquetRow[]> {
  const rows: ParquetRow[] = [];
  await forEachParquetRow(path, (row) => rows.push(row));
  return rows;
}

describe('forEachParquetRow', () => {
  it('gives plain columns at once and pictures on demand, over row groups', async () => {
    const rows = await rowsOf(write('rows.parquet'));
    expect(rows.map(({ values }) => values)).toEqual([
      { index: 1, question: 'a?' },
      { index: 2, question: null },
      { index: '1152921504606846977', question: 'ü?' },
    ]);
    expect(await rows[2]!.pictures[0]!()).toEqual(Uint8Array.of(3));
    expect(await rows[0]!.pictures[0]!()).toEqual(Uint8Array.of(255, 1));
  });

  it('names a file that was cut off', async () => {
    const path = write('whole.parquet');
    writeFileSync(path, readFileSync(path).subarray(0, 60));
    await expect(rowsOf(path)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('whole.parquet: is no parquet file'),
    });
  });
});
