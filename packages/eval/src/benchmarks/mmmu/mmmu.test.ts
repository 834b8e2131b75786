import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-mmmu-'));

function write(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const choice = (id: string, options: readonly string[], answer: string) => ({
  id,
  question: 'Which?',
  question_type: 'multiple-choice',
  options: JSON.stringify(options),
  answer,
});
const open = (id: string, answer: string) => ({
  id,
  question: 'How many?',
  question_type: 'open',
  options: '[]',
  answer,
});

async function itemsOf(
  rows: readonly object[],
  texts: Readonly<Record<string, string>>,
  definition: string,
) {
  const answers = Object.entries(texts).map(([question_id, text]) => ({ question_id, text }));
  const { definitions } = await scoreBenchmark(findBenchmark('mmmu'), {
    data: write('validation.jsonl', rows),
    predictions: write('answers.jsonl', answers),
    definition,
  });
  return { ...definitions[0]!, items: [...definitions[0]!.items] };
}

describe('MMMU as lmms-eval scores it', () => {
  const rows = [
    choice('validation_Art_1', ['red', 'blue', 'green'], 'B'),
    choice('validation_Art_2', ['red', 'blue', 'green'], 'A'),
    choice('validation_Math_1', ['one', 'two'], 'A'),
    open('validation_Math_2', '12'),
    open('validation_Math_3', "['24/7', '3.429']"),
  ];
  const texts = {
    validation_Art_1: 'PLAN B',
    validation_Art_2: 'nothing',
    validation_Math_1: 'neither',
    validation_Math_2: 'the answer is 12.',
    validation_Math_3: '24/7',
  };

  it('guesses from one stream of seed 0, and takes no open answer for right', async () => {
    const { items, metrics } = await itemsOf(rows, texts, 'lmms_eval');
    expect(items.map(({ score }) => score)).toEqual([1, 0, 0, 0, 0]);
    // random.seed(0): random.choice('ABC') is B, then random.choice('AB') is B.
    expect(items.map(({ rule }) => rule).slice(1, 3)).toEqual([
      "random guess B (Python's generator, seed 0)",
      "random guess B (Python's generator, seed 0)",
    ]);
    expect(metrics).toMatchObject({
      mmmu_acc: 0.2,
      table: { Art: { num: 2, acc: 0.5 }, Math: { num: 3, acc: 0 }, Overall: { num: 5, acc: 0.2 } },
      random_fallback_ids: ['validation_Art_2', 'validation_Math_1'],
    });
  });

  it('looked for the stored text of the gold answers before 736454b5', async () => {
    const { items } = await itemsOf(rows, texts, 'lmms_eval_before_736454b5');
    expect(items.map(({ score }) => score)).toEqual([1, 0, 0, 1, 0]);
  });

  it('guesses in the order of the data, whatever that of the answers', async () => {
    const turned = Object.fromEntries(Object.entries(texts).reverse());
    const { items } = await itemsOf(rows, turned, 'lmms_eval');
    expect(items).toEqual((await itemsOf(rows, texts, 'lmms_eval')).items);
  });
});

describe('MMMU as VLMEvalKit scores it', () => {
  const NAME = 'vlmevalkit_exact_matching';

  it('makes open questions multiple choice, with the gold answer as option A', async () => {
    const rows = ['12', '12', '12', 'C', '12'].map((answer, place) =>
      open(`validation_Math_${place}`, answer),
    );
    const texts = {
      validation_Math_0: 'It is 12',
      validation_Math_1: 'A',
      validation_Math_2: 'Other Answers',
      validation_Math_3: 'C',
      validation_Math_4: 'thirteen',
    };
    const { items, metrics } = await itemsOf(rows, texts, NAME);
    expect(items.map(({ parsed }) => parsed)).toEqual(['A', 'A', 'B', 'A', null]);
    expect(items.map(({ score }) => score)).toEqual([1, 1, 0, 0, 0]);
    expect(metrics).toMatchObject({ overall: 0.4, to_judge: 1 });
  });

  it('reports splits apart, the validation split as the number', async () => {
    const rows = [
      choice('dev_Art_1', ['red', 'blue'], 'B'),
      choice('validation_Art_1', ['red', 'blue'], 'B'),
    ];
    const texts = { dev_Art_1: 'B', validation_Art_1: 'A' };
    const { metrics } = await itemsOf(rows, texts, NAME);
    expect(metrics).toMatchObject({
      overall: 0,
      report_acc: [
        { split: 'dev', Overall: 1, Art: 1, 'Art and Design': 1 },
        { split: 'validation', Overall: 0, Art: 0 },
      ],
    });
  });

  it("reads VLMEvalKit's table, where an open question has no options", async () => {
    const table = [
      'index\tid\tquestion\tA\tB\tC\tanswer\tsplit\tcategory\tl2-category',
      '1\tvalidation_Art_1\tWhich?\tred\t\tgreen\tC\tvalidation\tArt\tArt & Design',
      '2\tvalidation_Math_1\tHow many?\t\t\t\t12\tvalidation\tMath\tScience',
    ];
    const data = join(folder, 'MMMU_DEV_VAL.tsv');
    writeFileSync(data, `${table.join('\n')}\n`);
    const predictions = write('answers.jsonl', [
      { question_id: 'validation_Art_1', text: 'green' },
      { question_id: 'validation_Math_1', text: '12' },
    ]);
    const request = { data, predictions, definition: NAME };
    const { definitions } = await scoreBenchmark(findBenchmark('MMMU_DEV_VAL'), request);
    const [{ items, metrics }] = definitions as [(typeof definitions)[number]];
    expect(Array.from(items, ({ parsed, score }) => [parsed, score])).toEqual([
      ['C', 1],
      ['A', 1],
    ]);
    expect(metrics).toMatchObject({ report_acc: [{ 'Art & Design': 1, Science: 1 }] });
  });
});
