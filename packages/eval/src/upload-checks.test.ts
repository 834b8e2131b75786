import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBenchmark, uploadFiles } from './index.js';

const lines = (rows: readonly object[]): string =>
  rows.map((row) => JSON.stringify(row)).join('\n');
const answered = (...ids: (string | number)[]): string =>
  lines(ids.map((question_id) => ({ question_id, text: 'A Cat.' })));

/** Writes files into a new folder and makes the upload file of a benchmark from them. */
async function upload(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-upload-'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const [made] = await uploadFiles(findBenchmark(name), { predictions: folder, data: folder });
  return String(made!.content);
}

describe('the upload file of VQAv2', () => {
  const asked = (...ids: (string | number)[]) =>
    lines(ids.map((question_id) => ({ question_id, image: 'x.jpg', text: 'What?' })));
  const make = (questions: string, answers: string) =>
    upload('vqav2', {
      'llava_vqav2_mscoco_test2015.jsonl': questions,
      'answers.jsonl': answers,
    });

  it('has each question once, with a text, in the order of the question file', async () => {
    expect(JSON.parse(await make(asked(3, 1, 2), answered(1, 3, 9)))).toEqual([
      { question_id: 3, answer: 'cat' },
      { question_id: 1, answer: 'cat' },
      { question_id: 2, answer: '' },
    ]);
  });

  it.each([
    ['an id twice', asked(1, 2, 1), answered(1), 'DATA_INVALID', 'have the question id 1 twice'],
    ['an id that is no number', asked(1, 'x2'), answered(1), 'DATA_INVALID', '"x2"'],
    ['an id that loses digits', asked('12345678901234567'), answered(1), 'DATA_INVALID', '"12345'],
    ['answers of other data', asked(1, 2), answered(7), 'ANSWERS_MISMATCH', 'one of the 2 VQAv2'],
  ])('is refused for %s', async (_, questions, answers, code, message) => {
    const expected = { code, message: expect.stringContaining(message) };
    await expect(make(questions, answers)).rejects.toMatchObject(expected);
  });

  it('is refused for test-dev alone, naming the file that is needed', async () => {
    const ids = Array.from({ length: 107_394 }, (_, id) => id);
    await expect(make(asked(...ids), answered(1))).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/447793 of test2015.*llava_vqav2_mscoco_test2015\.jsonl/),
    });
  });
});

describe('the upload file of VizWiz', () => {
  const asked = (...images: (string | undefined)[]) =>
    lines(images.map((image, question_id) => ({ question_id, image, text: 'What?' })));
  const make = (questions: string, answers: string) =>
    upload('vizwiz', { 'llava_test.jsonl': questions, 'answers.jsonl': answers });
  const [first, second] = ['VizWiz_test_00000000.jpg', 'VizWiz_test_00000001.jpg'];

  it('names pictures, in the order of the question file', async () => {
    expect(JSON.parse(await make(asked(second, first), answered(1, 0)))).toEqual([
      { image: second, answer: 'cat' },
      { image: first, answer: 'cat' },
    ]);
  });

  it.each([
    ['a gap', asked(first, second), answered(0), 'ANSWERS_INCOMPLETE', '1 of 2 VizWiz questions'],
    ['a picture twice', asked(first, first), answered(0, 1), 'DATA_INVALID', `${first} twice`],
    ['a path', asked(`test/${first}`), answered(0), 'DATA_INVALID', `"test/${first}"`],
    ['no picture', asked(undefined), answered(0), 'DATA_INVALID', 'the picture name ""'],
  ])('is refused for %s', async (_, questions, answers, code, message) => {
    const expected = { code, message: expect.stringContaining(message) };
    await expect(make(questions, answers)).rejects.toMatchObject(expected);
  });
});

describe('the upload file of SEED-Bench', () => {
  const make = (ids: readonly string[], answers: string) =>
    upload('seedbench', {
      'SEED-Bench.json': JSON.stringify({
        questions: ids.map((question_id) => ({ question_id, answer: 'A' })),
      }),
      'answers.jsonl': answers,
    });

  it('has the ids of the official file', async () => {
    const text = await make(['v1', '007'], answered(7, 'v1'));
    expect(text).toBe(
      '{"question_id": "v1", "prediction": "A Cat."}\n{"question_id": "007", "prediction": "A Cat."}\n',
    );
  });

  it.each([
    ['a gap', ['v1', 'v2'], 'ANSWERS_INCOMPLETE', 'the first is v2'],
    ['an id twice', ['v1', 'v1'], 'DATA_INVALID', 'have the question id v1 twice'],
  ])('is refused for %s', async (_, ids, code, message) => {
    const expected = { code, message: expect.stringContaining(message) };
    await expect(make(ids, answered('v1'))).rejects.toMatchObject(expected);
  });
});

describe('the upload file of MM-Vet', () => {
  const question = { imagename: 'v1_0.png', question: 'What?', answer: 'x', capability: ['rec'] };

  it('is refused for a gap', async () => {
    const files = {
      'mm-vet.json': JSON.stringify({ v1_0: question, v1_1: question }),
      'answers.jsonl': answered(0),
    };
    expect(
      JSON.parse(await upload('mmvet', { ...files, 'answers.jsonl': answered(1, 0) })),
    ).toEqual({
      v1_0: 'A Cat.',
      v1_1: 'A Cat.',
    });
    await expect(upload('mmvet', files)).rejects.toMatchObject({
      code: 'ANSWERS_INCOMPLETE',
      message: expect.stringContaining('the first is v1_1'),
    });
  });
});
