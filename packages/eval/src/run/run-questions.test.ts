import { appendFileSync, mkdtempSync, readFileSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Question } from '../benchmark.js';
import type { Answerer } from './answerer.js';
import { parseShard } from './choose-questions.js';
import { runIdentity } from './identity.js';
import { mergeShards } from './merge-shards.js';
import { type RunRequest, runQuestions } from './run-questions.js';

const questions: Question[] = Array.from({ length: 7 }, (_, row) => ({
  // As in MME, two questions share an id.
  id: `picture-${Math.floor(row / 2)}`,
  text: `Question ${row}?`,
  images: [],
  maxNewTokens: 8,
}));

/** Answers with the question in capitals, and counts how often each was put. */
function shouting(fails: (text: string) => boolean = () => false) {
  const asked: string[] = [];
  const answerer: Answerer = {
    generate: async (request) => {
      const messages = String(request.messages);
      asked.push(messages);
      if (fails(messages)) throw new Error('no answer');
      return { answer: messages.toUpperCase(), finishReason: 'eos', timings: { prefillMs: 1 } };
    },
  };
  return { asked, answerer };
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'autoprune-run-'));

const request = (
  folder: string,
  answerer: Answerer,
  more: Partial<RunRequest> = {},
): RunRequest => ({
  answerer,
  identity: runIdentity({ model: 'shouting', questionCount: questions.length }),
  questions,
  modelId: 'shouting',
  folder,
  pictureFolder: '.',
  tries: 1,
  ...more,
});

async function wholeRun(): Promise<string> {
  const { answerFile } = await runQuestions(request(newFolder(), shouting().answerer));
  return readFileSync(answerFile, 'utf8');
}

describe('runQuestions', () => {
  it('writes LLaVA answer lines in the order of the questions', async () => {
    const lines = (await wholeRun())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ text }) => text)).toEqual(questions.map(({ text }) => text.toUpperCase()));
    expect(lines[1]).toMatchObject({ question_id: 'picture-0', model_id: 'shouting' });
  });

  it('ends with the file of an uninterrupted run wherever the file was cut off', async () => {
    const whole = await wholeRun();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
        const folder = newFolder();
        const { answerFile } = await runQuestions(request(folder, shouting().answerer));
        truncateSync(answerFile, length);
        const again = shouting();
        await runQuestions(request(folder, again.answerer));
        expect(readFileSync(answerFile, 'utf8')).toBe(whole);
        const kept = whole.slice(0, length).split('\n').length - 1;
        expect(again.asked).toEqual(questions.slice(kept).map(({ text }) => text));
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same file for any shards, merged, and reports the gap before', async () => {
    const folder = newFolder();
    const { answerer } = shouting();
    for (const shard of ['3/3', '1/3']) {
      await runQuestions(request(folder, answerer, { shard: parseShard(shard) }));
    }
    expect(await mergeShards(folder)).toMatchObject({
      answers: 4,
      missingShards: ['2/3'],
      missingAnswers: 3,
    });
    await runQuestions(request(folder, answerer, { shard: parseShard('2/3') }));
    const { answerFile, ...outcome } = await mergeShards(folder);
    expect(outcome).toEqual({ answers: 7, missingShards: [], missingAnswers: 0 });
    expect(readFileSync(answerFile, 'utf8')).toBe(await wholeRun());
  });

  it('records failures beside the answers, and asks them again next time', async () => {
    const folder = newFolder();
    const failing = shouting((text) => text.includes('2'));
    const first = await runQuestions(request(folder, failing.answerer, { tries: 3 }));
    expect(first).toMatchObject({ answered: 6, failures: [{ id: 'picture-1' }] });
    expect(failing.asked.filter((text) => text.includes('2'))).toHaveLength(3);
    const second = await runQuestions(request(folder, shouting().answerer));
    expect(second.failures).toEqual([]);
    expect(readFileSync(second.answerFile, 'utf8')).toBe(await wholeRun());
  });

  it('gives the same file when several questions are asked at a time', async () => {
    const slow: Answerer = {
      generate: async (request) => {
        const messages = String(request.messages);
        await new Promise((resolve) => setTimeout(resolve, messages.includes('0') ? 20 : 1));
        return { answer: messages.toUpperCase(), finishReason: 'eos' };
      },
    };
    const { answerFile } = await runQuestions(request(newFolder(), slow, { concurrency: 4 }));
    expect(readFileSync(answerFile, 'utf8')).toBe(await wholeRun());
  });

  it('refuses to mix runs, naming what differs', async () => {
    const folder = newFolder();
    const { answerer } = shouting();
    await runQuestions(request(folder, answerer));
    const identity = runIdentity({ model: 'whispering', questionCount: questions.length });
    await expect(runQuestions(request(folder, answerer, { identity }))).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      details: { fields: ['model'] },
    });
  });

  it('names the line of a file that is no record file', async () => {
    const folder = newFolder();
    const { answerFile } = await runQuestions(request(folder, shouting().answerer));
    appendFileSync(answerFile, 'nonsense\n');
    await expect(runQuestions(request(folder, shouting().answerer))).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('line 8'),
    });
  });
});
