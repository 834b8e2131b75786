import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../index.js';
import { askJudge } from './ask-judge.js';
import { readJudgeReplies, repliesBeside } from './reply.js';
import { readTwoScores } from './two-scores.js';
import { judgeRequests, writeJudgeRequests } from './write-requests.js';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

const ROWS = [
  {
    question_id: 'a',
    Question: 'What is it?',
    Answer: 'A red cat on a mat.',
    image: 'a.png',
  },
  { question_id: 'b', Question: 'Why?', Answer: 'Because.', image: 'a.png' },
];

let folder: string;
let server: Server;
/** What the stub answers, in order; a number is a status. */
let script: (number | string)[];
let asked: { model: string; messages: { content: unknown }[] }[];

const lines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoprune-judge-'));
  await writeFile(join(folder, 'test.jsonl'), lines(ROWS));
  await writeFile(join(folder, 'a.png'), PNG);
  await writeFile(
    join(folder, 'answers.jsonl'),
    lines(ROWS.map(({ question_id }) => ({ question_id, text: `answer ${question_id}` }))),
  );
  asked = [];
  script = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push(JSON.parse(body));
      const next = script.shift() ?? '10 8\nFine.';
      if (typeof next === 'number') {
        response.writeHead(next).end();
        return;
      }
      response.end(JSON.stringify({ model: 'stub-1', choices: [{ message: { content: next } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const endpoint = (extra: object = {}) => ({
  address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  concurrency: 1,
  firstPauseMs: 1,
  ...extra,
});

async function prepare() {
  const task = { predictions: join(folder, 'answers.jsonl'), data: join(folder, 'test.jsonl') };
  const requests = await judgeRequests(findBenchmark('llava-wilder'), task);
  const path = join(folder, 'requests.jsonl');
  await writeJudgeRequests(path, requests, { model: 'judge-x', imageFolder: folder });
  return { task, requests: path, replies: repliesBeside(task.predictions) };
}

describe('judges', () => {
  it('are asked by a request file with pictures, and their replies make the score', async () => {
    const { task, requests, replies } = await prepare();
    const before = await scoreBenchmark(findBenchmark('llava-wilder'), task);
    expect(before.definitions[0]!.metrics).toMatchObject({ judged: 0, to_judge: 2 });
    script = ['10 8\nFine.', '10 6.5\nLess so.'];
    const run = await askJudge(requests, replies, endpoint());
    expect(run).toEqual({ answered: 2, skipped: 0, failed: [] });
    expect(asked[0]!.model).toBe('judge-x');
    const [text, picture] = asked[0]!.messages[0]!.content as { [key: string]: unknown }[];
    expect(text!.text).toContain('answer a');
    expect(picture!.image_url).toEqual({ url: `data:image/png;base64,${PNG.toString('base64')}` });
    const after = await scoreBenchmark(findBenchmark('llava-wilder'), task);
    expect(after.definitions[0]!.metrics).toMatchObject({
      gpt_eval_llava_all: 72.5,
      judges: ['stub-1'],
      judged: 2,
      to_judge: 0,
    });
  });

  it('are asked again after failures and not about what they said before', async () => {
    const { requests, replies } = await prepare();
    script = [429, 500, '10 8', 400];
    const first = await askJudge(requests, replies, endpoint());
    expect(first).toEqual({ answered: 1, skipped: 0, failed: [{ id: 'b', reason: 'status 400' }] });
    script = ['10 6'];
    expect(await askJudge(requests, replies, endpoint())).toMatchObject({
      answered: 1,
      skipped: 1,
    });
    expect((await readJudgeReplies(replies)).get('b')?.content).toBe('10 6');
  });

  it('count as failed when they say nothing readable as JSON every time', async () => {
    const { requests, replies } = await prepare();
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.end('nonsense'));
    const { failed } = await askJudge(requests, replies, endpoint({ tries: 2 }));
    expect(failed.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('are replayed from the output of a batch, failed requests left open', async () => {
    const path = join(folder, 'batch.jsonl');
    const body = {
      model: 'gpt-4-0613',
      created: 1_700_000_000,
      choices: [{ message: { content: '1' } }],
    };
    const error = { custom_id: 'b', response: { status_code: 500, body: { error: {} } } };
    await writeFile(path, lines([{ custom_id: 'a', response: { status_code: 200, body } }, error]));
    expect([...(await readJudgeReplies(path))]).toEqual([
      ['a', { content: '1', model: 'gpt-4-0613', date: '2023-11-14' }],
    ]);
  });

  it('leave no half request file when a picture is missing', async () => {
    await rm(join(folder, 'a.png'));
    await expect(prepare()).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
    await expect(readFile(join(folder, 'requests.jsonl'))).rejects.toThrow();
  });

  it('are not asked where rules decide alone', async () => {
    const task = { predictions: folder, data: folder };
    await expect(judgeRequests(findBenchmark('chartqa'), task)).rejects.toMatchObject({
      code: 'JUDGE_UNUSED',
    });
  });

  it.each([
    ['8 6.5\nwhy', [8, 6.5]],
    ['8, 6', [-1, -1]],
    ['8,6', [8, 6]],
    ['8  6', [-1, -1]],
    ['Scores: 8 6', [-1, -1]],
    ['', [-1, -1]],
  ])('give two scores in %j', (reply, scores) => {
    expect(readTwoScores(reply)).toEqual(scores);
  });
});
