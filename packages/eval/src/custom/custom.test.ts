import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../index.js';
import { loadBenchmark } from './load-benchmark.js';

const ROWS = [
  {
    nr: 1,
    q: 'Which shape?',
    gold: 'B',
    choices: ['square', 'circle'],
    kind: 'shape',
    image: '1.png',
  },
  {
    nr: 2,
    q: 'Which colour?',
    gold: 'A',
    choices: ['red', 'blue'],
    kind: 'colour',
    image: '2.png',
  },
  { nr: 3, q: 'Which shape?', gold: 'A', choices: ['star', 'dot'], kind: 'shape', image: '3.png' },
];
const ANSWERS = ['The answer is (B).', 'blue', 'star'];
const SPECIFICATION = {
  id: 'my-shapes',
  file: 'questions.jsonl',
  columns: { id: 'nr', question: 'q', answer: 'gold', options: 'choices', category: 'kind' },
  prompt: '{q}\n{options}\nReply with a letter. {unknown}',
  scorers: ['option_inference', 'option_letter'],
};

let folder: string;
const lines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoprune-custom-'));
  await writeFile(join(folder, 'questions.jsonl'), lines(ROWS));
  await writeFile(
    join(folder, 'answers.jsonl'),
    lines(ANSWERS.map((text, row) => ({ question_id: row + 1, text }))),
  );
});
afterEach(() => rm(folder, { recursive: true }));

async function load(specification: unknown, name = 'spec.json') {
  await writeFile(join(folder, name), JSON.stringify(specification));
  return loadBenchmark(join(folder, name));
}

describe('a benchmark of one’s own', () => {
  it('is scored by the scorers that it names, by category too', async () => {
    const benchmark = await load(SPECIFICATION);
    const request = { predictions: join(folder, 'answers.jsonl'), data: folder };
    const { definitions, counts } = await scoreBenchmark(benchmark, request);
    expect(definitions.map(({ metrics }) => metrics)).toEqual([
      { option_inference: 2 / 3, per_category: { shape: 1, colour: 0 } },
      { option_letter: 1 / 3, per_category: { shape: 0.5, colour: 0 } },
    ]);
    expect(definitions[0]!.definition.verified).toBe(false);
    expect(counts).toMatchObject({ items: 3, missing: 0, unknown: 0 });
  });

  it('fills its prompt from the columns', async () => {
    const benchmark = await load(SPECIFICATION);
    const data = await benchmark.read({ path: folder, isFolder: true });
    expect(benchmark.questions!(data)[0]).toMatchObject({
      id: '1',
      text: 'Which shape?\nA. square\nB. circle\nReply with a letter. {unknown}',
      images: ['1.png'],
      category: 'shape',
    });
  });

  it('can be a module', async () => {
    await writeFile(
      join(folder, 'spec.mjs'),
      `export default ${JSON.stringify({ ...SPECIFICATION, scorers: ['exact_match'] })};`,
    );
    expect((await loadBenchmark(join(folder, 'spec.mjs'))).id).toBe('my-shapes');
    await writeFile(join(folder, 'bad.mjs'), 'export default 3;');
    await expect(loadBenchmark(join(folder, 'bad.mjs'))).rejects.toMatchObject({
      code: 'BENCHMARK_INVALID',
    });
  });

  it('is refused with the field that is wrong', async () => {
    await expect(load({ ...SPECIFICATION, scorers: ['guess'] })).rejects.toThrow(/scorers\.0/);
    await expect(load({ ...SPECIFICATION, scorer: 'exact_match' })).rejects.toThrow(/scorer/);
    const benchmark = await load({ ...SPECIFICATION, columns: { answer: 'solution' } });
    await expect(benchmark.read({ path: folder, isFolder: true })).rejects.toThrow(
      /questions\.jsonl: line 1: field question/,
    );
  });

  it('is a built-in one where the name is no path', async () => {
    expect(await loadBenchmark('pope')).toBe(findBenchmark('pope'));
  });
});
