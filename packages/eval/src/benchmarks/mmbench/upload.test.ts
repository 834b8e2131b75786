import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { MmBenchData, MmBenchRow } from './data.js';
import { uploadMmBench } from './upload.js';

const row = (index: string, more: Partial<MmBenchRow> = {}): MmBenchRow => ({
  index,
  question: 'Which?',
  hint: null,
  options: { A: 'fish', B: 'bat' },
  gold: null,
  split: null,
  category: null,
  l2Category: null,
  picture: undefined,
  pictureIndex: null,
  ...more,
});
const answer = (id: string, text: string) => ({ id, prompt: '', text });

/** Cells of the uploaded sheet by place, as a reader of workbooks sees them. */
function cellsOf(rows: readonly MmBenchRow[], texts: Readonly<Record<string, string>>) {
  const data: MmBenchData = { rows, predictions: [] };
  const answers = Object.entries(texts).map(([id, text]) => answer(id, text));
  const [file] = uploadMmBench(data, answers);
  expect(file!.name).toBe('mmbench_upload.xlsx');
  const sheet = strFromU8(unzipSync(file!.content as Uint8Array)['xl/worksheets/sheet1.xml']!);
  const cells = sheet.matchAll(/<c r="([A-Z]+\d+)" t="(\w+)">(?:<v>|<is><t[^>]*>)([^<]*)/g);
  return Object.fromEntries(
    Array.from(cells, ([, place, type, text]) => [place, type === 'n' ? Number(text) : text]),
  );
}

describe('uploadMmBench', () => {
  it('writes one row a question, with empty cells where there is nothing', () => {
    expect(cellsOf([row('7'), row('1000007')], { 7: 'A' })).toEqual({
      ...{ A1: 'index', B1: 'question', C1: 'A', D1: 'B', E1: 'C', F1: 'D', G1: 'prediction' },
      ...{ A2: 7, B2: 'Which?', C2: 'fish', D2: 'bat', G2: 'A' },
      ...{ A3: 1000007, B3: 'Which?', C3: 'fish', D3: 'bat' },
    });
  });

  it('adds gold answers and splits where the data has them', () => {
    const cells = cellsOf([row('7', { gold: 'B', split: 'dev' })], { 7: 'A' });
    expect(cells).toMatchObject({ H1: 'answer', I1: 'split', H2: 'B', I2: 'dev' });
  });

  it('keeps marks, blanks, line ends and signs of all planes', () => {
    const cells = cellsOf([row('7')], { 7: ' <A> & "B"\n\u0007😀 ' });
    expect(cells.G2).toBe(' &lt;A&gt; &amp; "B"\n_x0007_😀 ');
  });

  it('takes an answer that fills a cell and refuses a longer one', () => {
    expect(cellsOf([row('7')], { 7: 'A'.repeat(32_767) }).G2).toHaveLength(32_767);
    expect(() => cellsOf([row('7')], { 7: 'A'.repeat(32_768) })).toThrow(
      'the prediction of row 7 has 32768 characters; a cell of the upload table holds 32767',
    );
  });

  it.each([
    [['7', '7'], 'have the index 7 twice'],
    [['7', '7a'], 'have the index "7a"'],
    [['7', '1.5'], 'have the index "1.5"'],
  ])('refuses rows %j, which the server cannot tell apart', (indices, message) => {
    const rows = indices.map((index) => row(index));
    expect(() => cellsOf(rows, { 7: 'A' })).toThrow(message);
  });

  it('refuses answers to other questions', () => {
    expect(() => cellsOf([row('7')], { 8: 'A' })).toThrow('no answer belongs to one of the 1');
  });
});
