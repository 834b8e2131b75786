import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cell, writeXlsx } from './files/xlsx.js';
import { findBenchmark, readAnswerFile, scoreBenchmark } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-workbook-'));
const path = join(folder, 'model_MMBench_DEV_EN.xlsx');

function writeSheet(rows: readonly (readonly Cell[])[]): string {
  writeFileSync(path, writeXlsx(rows));
  return path;
}

const answersOf = async (rows: readonly (readonly Cell[])[]) => readAnswerFile(writeSheet(rows));

describe('readAnswerFile on a workbook', () => {
  it("reads VLMEvalKit's columns, numbers as they are written and missing cells as empty", async () => {
    const answers = await answersOf([
      ['index', 'question', 'A', 'B', 'answer', 'split', 'prediction'],
      [7, 'Which?', 'fish', 'bat', 'B', 'dev', ' B. bat\n'],
      [1000007, 'Which?', 'bat', null, 'A', 'dev', null],
      ['x-1', 'How many?', null, null, '3', 'dev', 3],
      [9, 'Who?', null, null, null, 'dev', 'None'],
    ]);
    expect(answers).toEqual([
      { id: '7', prompt: 'Which?', text: ' B. bat\n' },
      { id: '1000007', prompt: 'Which?', text: '' },
      { id: 'x-1', prompt: 'How many?', text: '3' },
      { id: '9', prompt: 'Who?', text: '' },
    ]);
  });

  it('reads a cell that is full', async () => {
    const full = `${'<&>'.repeat(10_922)}.`;
    const [answer] = await answersOf([
      ['index', 'prediction'],
      [1, full],
    ]);
    expect(answer!.text).toHaveLength(32_767);
    expect(answer!.text).toBe(full);
  });

  it('reads back any text that was written', async () => {
    const unit = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r',
      '\t',
      '\u0007',
      '"',
      '<',
      '&',
      '=',
      '_',
      '😀',
    );
    const texts = fc.array(fc.string({ unit, minLength: 1 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, async (written) => {
        const rows = written.map((text, place): Cell[] => [place, text]);
        const answers = await answersOf([['index', 'prediction'], ...rows]);
        expect(answers.map(({ text }) => text)).toEqual(written);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['cut off', () => writeFileSync(path, readFileSync(path).subarray(0, 600))],
    ['empty', () => writeFileSync(path, '')],
    ['no workbook', () => writeFileSync(path, '{"question_id": 1, "text": "A"}\n')],
  ])('names a file that is %s, and what to do', async (_, spoil) => {
    writeSheet([['index', 'prediction']]);
    spoil();
    await expect(readAnswerFile(path)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(
        /model_MMBench_DEV_EN\.xlsx: is not a whole Excel workbook .*write or copy the file again/,
      ),
    });
  });

  it.each<[Cell[][], string]>([
    [
      [
        ['split', 'Overall'],
        ['dev', 0.6],
      ],
      'no column prediction and no column index (it has split, Overall)',
    ],
    [
      [
        ['index', 'hit'],
        [1, 1],
      ],
      'no column prediction (it has index, hit)',
    ],
    [[['index', 'prediction']], 'no column prediction and no column index (it has no rows)'],
  ])('says what a table of something else lacks', async (rows, message) => {
    await expect(answersOf(rows)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe('scoreBenchmark on a workbook', () => {
  const table = join(folder, 'MMBench_DEV_EN.tsv');
  const head = 'index\tquestion\tA\tB\tanswer\tsplit';
  writeFileSync(
    table,
    [head, '1\tWhich one?\tfish\tbat\tB\tdev', '2\tWho is it?\tme\tyou\tA\tdev', ''].join('\n'),
  );
  const score = (rows: readonly Cell[][]) =>
    scoreBenchmark(findBenchmark('MMBench_DEV_EN'), {
      data: table,
      predictions: writeSheet([['index', 'question', 'prediction'], ...rows]),
      definition: 'vlmevalkit_exact_matching',
    });

  it('scores it against the table that was asked from', async () => {
    const { definitions, counts } = await score([
      [1, 'Which one?', 'B'],
      [2, 'Who is it?', 'B'],
    ]);
    expect(definitions[0]!.metrics).toMatchObject({ circular_overall: 0.5 });
    expect(counts).toMatchObject({ items: 2, missing: 0, unknown: 0 });
  });

  it('refuses rows that ask something else under the same numbers', async () => {
    const rows: Cell[][] = [
      [1, 'Who is it?', 'B'],
      [2, 'What time is it?', 'A'],
    ];
    await expect(score(rows)).rejects.toMatchObject({
      code: 'ANSWERS_MISMATCH',
      message: expect.stringContaining('2 of 2 rows ask another question'),
    });
  });

  it("joins MMMU's rows by its own ids, not by their numbers", async () => {
    const data = join(folder, 'validation.jsonl');
    const row = { question_type: 'multiple-choice', options: '["red", "blue"]', answer: 'A' };
    const rows = ['validation_Art_1', 'validation_Art_2'].map((id) => ({
      id,
      question: `${id}?`,
      ...row,
    }));
    writeFileSync(data, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const predictions = writeSheet([
      ['index', 'id', 'question', 'prediction'],
      [1, 'validation_Art_2', 'validation_Art_2?', 'A'],
      [2, 'validation_Art_1', 'validation_Art_1?', 'B'],
    ]);
    const { definitions } = await scoreBenchmark(findBenchmark('mmmu'), { data, predictions });
    const scores = definitions.map(({ items }) =>
      Array.from(items, ({ id, score }) => [id, score]),
    );
    for (const one of scores) {
      expect(Object.fromEntries(one)).toEqual({ validation_Art_1: 0, validation_Art_2: 1 });
    }
  });
});
