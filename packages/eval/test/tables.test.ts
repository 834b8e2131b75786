import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import {
  findBenchmark,
  openInput,
  runIdentity,
  runQuestions,
  scoreBenchmark,
} from '../src/index.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'autoprune-tables-'));
const PICTURE = Buffer.from('a picture '.repeat(10));
const BASE64 = PICTURE.toString('base64');

/** A folder with one table of VLMEvalKit. */
function tsvFolder(name: string, headings: string, rows: readonly string[]): string {
  const folder = newFolder();
  const lines = [headings, ...rows.map((row) => `${row} ${BASE64}`)];
  writeFileSync(join(folder, name), lines.join('\n').replaceAll(' ', '\t').replaceAll('~', ' '));
  return folder;
}

/** Answers a benchmark of a folder as `autoprune eval` does, and scores the first definition. */
async function evaluate(name: string, data: string, answers: readonly string[]) {
  const benchmark = findBenchmark(name);
  const questions = benchmark.questions!(await benchmark.read(await openInput(data)));
  const queue = answers.values();
  const pictures: Uint8Array[] = [];
  const { answerFile } = await runQuestions({
    answerer: {
      generate: async ({ images }) => {
        pictures.push(...images.filter((image) => typeof image !== 'string'));
        return { answer: queue.next().value! };
      },
    },
    identity: runIdentity({}),
    questions,
    modelId: 'stub',
    folder: newFolder(),
    pictureFolder: data,
  });
  const { definitions, counts } = await scoreBenchmark(benchmark, {
    predictions: answerFile,
    data,
  });
  return { questions, pictures, counts, metrics: definitions[0]!.metrics };
}

describe('tables of VLMEvalKit', () => {
  it('reads POPE, whose rows belong to several splits', async () => {
    const folder = tsvFolder('POPE.tsv', 'index category question answer image', [
      '0 random,popular Is~there~a~cat? Yes',
      '1 random Is~there~a~dog? No',
      '2 popular Is~there~a~bird? No',
    ]);
    const { questions, pictures, counts, metrics } = await evaluate('POPE', folder, [
      'Yes',
      'No',
      'Yes',
    ]);
    expect(questions[0]!.text).toBe(
      'Is there a cat?\nAnswer the question using a single word or phrase.',
    );
    expect(Buffer.from(pictures[2]!)).toEqual(PICTURE);
    expect(counts).toMatchObject({ items: 3, missing: 0, unknown: 0 });
    expect(metrics).toMatchObject({
      per_category: { random: { TP: 1, TN: 1, FP: 0 }, popular: { TP: 1, TN: 0, FP: 1 } },
    });
  });

  it('reads MME, whose pictures have two rows one after another', async () => {
    const folder = tsvFolder('MME.tsv', 'index category question answer image', [
      '0 color Is~it~red?~Please~answer~yes~or~no. Yes',
      '1 color Is~it~blue?~Please~answer~yes~or~no. No',
      '2 count One?~Please~answer~yes~or~no. Yes',
      '3 count Two?~Please~answer~yes~or~no. No',
    ]);
    const { questions, counts, metrics } = await evaluate('mme', folder, ['Yes', 'No', 'No', 'No']);
    expect(questions[0]!.text).toMatch(/^Is it red\?\nAnswer the question/);
    expect(counts).toMatchObject({ items: 4, missing: 0, unknown: 0 });
    expect(metrics).toMatchObject({
      perception_total: 250,
      tasks: { color: { score: 200 }, count: { score: 50 } },
    });
  });

  it('reads ScienceQA, and keeps in the answers that a picture was shown', async () => {
    const folder = tsvFolder('ScienceQA_TEST.tsv', 'index question hint A B answer image', [
      '7 Which? Look. fish bat B',
    ]);
    const { questions, metrics } = await evaluate('ScienceQA_TEST', folder, ['B']);
    expect(questions[0]!.text).toMatch(/^Context: Look\.\nWhich\?\nA\. fish\nB\. bat\nAnswer with/);
    expect(metrics).toMatchObject({ total: 1, img_total: 1, img_accuracy: 100 });
  });

  it('reads SEED-Bench-2-Plus', async () => {
    const headings = 'index question A B C D answer category image';
    const folder = tsvFolder('SEEDBench2_Plus.tsv', headings, [
      '1 Where? a b c d A Chart',
      '2 What? a b c d C Map',
    ]);
    const { metrics } = await evaluate('SEEDBench2_Plus', folder, ['A. a', 'd']);
    expect(metrics).toMatchObject({ questions: 2, total: 50, Chart: 100, Map: 0 });
  });
});

describe('parquet files of Hugging Face', () => {
  it('reads MME with its pictures', async () => {
    const folder = newFolder();
    const text = (name: string, data: string[]) => ({ name, data, type: 'STRING' as const });
    const buffer = parquetWriteBuffer({
      columnData: [
        text('question_id', ['OCR/1.jpg', 'OCR/1.jpg']),
        text('question', ['Is it "a"?  Please answer yes or no.', 'B? Please answer yes or no.']),
        text('answer', ['Yes', 'No']),
        text('category', ['OCR', 'OCR']),
        { name: 'bytes', data: [Uint8Array.of(1), Uint8Array.of(2)], type: 'BYTE_ARRAY' },
      ],
    });
    writeFileSync(join(folder, 'test-00000-of-00001.parquet'), new Uint8Array(buffer));
    const { pictures, counts, metrics } = await evaluate('mme', folder, ['Yes', 'Yes']);
    expect(pictures).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(counts).toMatchObject({ items: 2, missing: 0, unknown: 0 });
    expect(metrics).toMatchObject({ tasks: { OCR: { score: 50 } } });
  });
});

describe('select', () => {
  it('leaves of every benchmark what a run over a part was asked', async () => {
    const folder = tsvFolder('POPE.tsv', 'index category question answer image', [
      '0 random Is~there~a~cat? Yes',
      '1 random Is~there~a~dog? No',
      '2 popular Is~there~a~bird? No',
    ]);
    const benchmark = findBenchmark('pope');
    const data = await benchmark.read(await openInput(folder));
    const part = benchmark.select!(data, new Set(['1']));
    const answers = [{ id: '1', prompt: '', text: 'No' }];
    expect(benchmark.count(part, answers)).toMatchObject({ items: 1, missing: 0 });
    expect(benchmark.score('llava', part, answers).metrics).toMatchObject({
      per_category: { random: { samples: 1, TN: 1 } },
    });
  });
});
