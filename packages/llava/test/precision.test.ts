import { readFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Dtype, type LlavaModel, listConverted, loadModel } from '../src/index.js';

interface Question {
  question_id: string;
  image: string;
  text: string;
}

const questions = readFileSync(join(shapesVqaFolder, 'questions.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Question)
  .filter((_, index) => index % 80 === 0);

/** Answers of all questions, unpruned and pruned. */
async function answers(model: LlavaModel): Promise<string[]> {
  const given: string[] = [];
  for (const { image, text } of questions) {
    for (const method of ['none', 'autoprune']) {
      const result = await model.generate({
        messages: text,
        images: [join(shapesVqaFolder, 'images', image)],
        method,
        maxNewTokens: 16,
      });
      given.push(result.answer);
    }
  }
  return given;
}

describe('a quantized model', () => {
  let cache: string;
  let exact: string[];

  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'autoprune-cache-'));
    process.env.AUTOPRUNE_CACHE = cache;
    await using model = await loadModel('tiny', { dtype: 'fp32' });
    exact = await answers(model);
    expect(await readdir(cache)).toEqual([]);
  });

  // Full-size numbers are those of bench/precision.mjs; this holds the code to their neighbourhood.
  it.each<[Dtype, number]>([
    ['int8', 0.95],
    ['int4', 0.9],
    ['mixed', 0.95],
  ])('in %s gives nearly the same answers', async (dtype, least) => {
    await using model = await loadModel('tiny', { dtype });
    expect(model.info.dtype).toBe(dtype);
    const given = await answers(model);
    const same = given.filter((answer, index) => answer === exact[index]).length;
    expect(same / exact.length).toBeGreaterThanOrEqual(least);
  });

  it('converts once, and reports it', async () => {
    const stages = new Set<string>();
    const onProgress = ({ stage }: { stage: string }) => stages.add(stage);
    process.env.AUTOPRUNE_CACHE = await mkdtemp(join(tmpdir(), 'autoprune-cache-'));
    for (const expected of [['convert', 'load'], ['load']]) {
      stages.clear();
      await using model = await loadModel('tiny', { dtype: 'mixed', onProgress });
      expect([...stages]).toEqual(expected);
      expect(model.info.dtype).toBe('mixed');
    }
    const [entry] = await listConverted(process.env.AUTOPRUNE_CACHE);
    // Tower, projector and head once, and eight layers in two ways.
    expect(entry).toMatchObject({ files: 3 + 2 * 8 + 1, current: true });
  });

  it('is float32 when auto may choose and the model is small', async () => {
    const reports: unknown[] = [];
    await using model = await loadModel('tiny', { onProgress: (report) => reports.push(report) });
    expect(model.info.dtype).toBe('fp32');
    expect(reports[0]).toMatchObject({ stage: 'dtype', dtype: 'fp32' });
  });
});
