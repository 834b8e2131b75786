import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from './run-cli.js';

const lines = (values: readonly object[]): string =>
  values.map((value) => JSON.stringify(value)).join('\n');

describe('autoprune judge', () => {
  it('writes requests, has an endpoint answer them, and score replays the replies', async () => {
    const folder = emptyFolder();
    const answers = join(folder, 'answers.jsonl');
    const rows = [{ question_id: 'a', Question: 'What?', Answer: 'A cat.' }];
    writeFileSync(join(folder, 'test.jsonl'), lines(rows));
    writeFileSync(answers, lines([{ question_id: 'a', text: 'A dog.' }]));
    const server = createServer((_request, response) => {
      const message = { content: '10 4\nNo cat.' };
      response.end(JSON.stringify({ model: 'stub', choices: [{ message }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const requests = join(folder, 'requests.jsonl');
    const source = ['--predictions', answers, '--data', folder];
    const judged = await runCli([
      ...['judge', 'llava-wilder', ...source, '--model', 'stub', '--requests', requests],
      ...['--endpoint', `http://127.0.0.1:${port}/v1`, '--json'],
    ]);
    server.close();
    expect(JSON.parse(judged.stdout)).toMatchObject({ requests: 1, answered: 1, failed: [] });
    expect(JSON.parse(readFileSync(requests, 'utf8'))).toMatchObject({ custom_id: 'a' });
    const scored = await runCli(['score', 'llava-wilder', ...source, '--json']);
    expect(JSON.parse(scored.stdout).definitions[0].metrics).toMatchObject({
      gpt_eval_llava_all: 40,
      judges: ['stub'],
      to_judge: 0,
    });
  });

  it('takes a specification of a benchmark of one’s own by its path', async () => {
    const folder = emptyFolder();
    const specification = join(folder, 'mine.json');
    writeFileSync(
      specification,
      JSON.stringify({ id: 'mine', file: 'rows.jsonl', scorers: ['contains'] }),
    );
    const rows = [{ id: '1', question: 'What?', answer: 'cat', prediction: 'A Cat.' }];
    writeFileSync(join(folder, 'rows.jsonl'), lines(rows));
    const source = ['--predictions', folder, '--data', folder, '--json'];
    const { code, stdout } = await runCli(['score', specification, ...source]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      benchmark: 'mine',
      definitions: [{ name: 'contains', verified: false, metrics: { contains: 1 } }],
    });
    const refused = await runCli([
      ...['judge', specification, '--predictions', folder, '--data', folder],
      ...['--model', 'stub', '--requests', join(folder, 'requests.jsonl')],
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('no requests to a judge');
  });
});
