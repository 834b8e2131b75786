import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scoreBenchmark, uploadFiles } from '../../score.js';
import { mmvet } from './mmvet.js';

const question = (answer: string, ...capability: string[]) => ({
  imagename: 'v1_0.png',
  question: 'What?',
  answer,
  capability,
});
const QUESTIONS = {
  v1_0: question('four', 'math', 'ocr'),
  v1_1: question('a cat', 'rec'),
  v1_2: question('a dog', 'rec'),
};
const grade = (...score: number[]) => ({
  model: score.map(() => 'gpt-4-0613'),
  content: score.map(String),
  score,
});

function newFolder(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-mmvet-'));
  for (const [name, value] of Object.entries({ 'mm-vet.json': QUESTIONS, ...files })) {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}
const results = { v1_0: '4', v1_1: 'cat', v1_2: 'a wolf' };
const score = (folder: string) => scoreBenchmark(mmvet, { predictions: folder, data: folder });

describe('MM-Vet', () => {
  it('means the recorded grades by capability, by set and over runs', async () => {
    const grades = { v1_0: grade(1, 0.5), v1_1: grade(1, 1), v1_2: grade(0, 0) };
    const { definitions } = await score(
      newFolder({ 'results.json': results, 'grades.json': grades }),
    );
    expect(definitions[0]!.metrics).toMatchObject({
      capabilities: { math: 75, ocr: 75, rec: 50, total: 58.3, std: 8.3, runs: '[66.7, 50.0]' },
      'integrations (capability names sorted, joined by _)': { math_ocr: 75, rec: 50 },
      judged: 3,
      to_judge: 0,
    });
    expect(Array.from(definitions[0]!.items, (item) => item.score)).toEqual([0.75, 1, 0]);
  });

  it('counts a question without a grade as 0, as the evaluator divides by all questions', async () => {
    const { definitions } = await score(
      newFolder({ 'results.json': results, 'grades.json': { v1_1: grade(1) } }),
    );
    expect(definitions[0]!.metrics).toMatchObject({
      capabilities: { rec: 50, total: 33.3 },
      judged: 1,
      to_judge: 2,
    });
  });

  it('says how many answers a judge would read where there are no grades', async () => {
    const { definitions } = await score(newFolder({ 'results.json': results }));
    expect(definitions[0]!.metrics).toEqual({ judged: 0, to_judge: 3 });
  });

  it('reads LLaVA answers, whose ids are bare numbers, and uploads them under MM-Vet ids', async () => {
    const lines = ['4', 'cat', 'wolf'].map((text, id) => JSON.stringify({ question_id: id, text }));
    const folder = newFolder({ 'answers.jsonl': `${lines.join('\n')}\n` });
    const [file] = await uploadFiles(mmvet, { predictions: folder, data: folder });
    expect(file!.name).toBe('results.json');
    expect(JSON.parse(String(file!.content))).toEqual({ v1_0: '4', v1_1: 'cat', v1_2: 'wolf' });
  });

  it('uploads nothing where an answer is missing', async () => {
    const folder = newFolder({ 'results.json': { v1_0: '4', v1_2: 'a wolf' } });
    await expect(uploadFiles(mmvet, { predictions: folder, data: folder })).rejects.toMatchObject({
      code: 'ANSWERS_INCOMPLETE',
      details: { missing: 1, first: 'v1_1' },
    });
  });
});
