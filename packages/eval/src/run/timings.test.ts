import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportTimings } from './timings.js';

const newFolder = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-timings-'));
  writeFileSync(join(folder, 'timings.jsonl'), text);
  return folder;
};

describe('exportTimings', () => {
  it('writes a line an answer and leaves out a torn one', async () => {
    const folder = newFolder(
      [
        '{"question_id":"a","prefillMs":12.34567,"pruningMs":0.5,"visualTokens":576}',
        '{"question_id":"b","prefi{"question_id":"b","prefillMs":1,"pruningMs":1}',
        '{"question_id":"c","prefillMs":10,"pruningMs":0,"visualTokens":1152}',
        '',
      ].join('\n'),
    );
    const files = await exportTimings(folder, 'fastv+pdrop/x');
    expect(files.map((file) => basename(file))).toEqual([
      'method_times_fastv_pdrop_x.txt',
      'prefill_times.txt',
    ]);
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual([
      '0.500 576\n0.000 1152\n',
      '12.346\n10.000\n',
    ]);
  });

  it('says that an endpoint gives no times', async () => {
    await expect(exportTimings(newFolder(''), 'none')).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
    });
  });
});
