import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from './run-cli.js';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const LIMIT = '12';

const evalArguments = (out: string, ...more: string[]): string[] => [
  'eval',
  'shapesvqa',
  '--out',
  out,
  '--limit',
  LIMIT,
  '--no-progress',
  ...more,
];
const answersOf = (out: string): string => join(out, 'shapesvqa', 'answers.jsonl');

/** Starts a run and kills it once its answer file has `lines` lines. */
function killAfter(out: string, lines: number): Promise<void> {
  const child = spawn(process.execPath, [bin, ...evalArguments(out)], { stdio: 'ignore' });
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const path = answersOf(out);
      if (!existsSync(path) || readFileSync(path, 'utf8').split('\n').length <= lines) return;
      child.kill('SIGKILL');
    }, 2);
    child.on('close', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

describe('autoprune eval', () => {
  it('answers, scores, and is the same after kills and from merged shards', async () => {
    const whole = emptyFolder();
    const { code, stdout } = await runCli(evalArguments(whole, '--json'));
    expect(code).toBe(0);
    const [result] = JSON.parse(stdout);
    expect(result).toMatchObject({ benchmark: 'shapesvqa', answered: 12, total: 12 });
    expect(result.score).toMatchObject({
      counts: { items: 12, missing: 0 },
      definitions: [{ name: 'exact_match', verified: false, denominator: 12 }],
    });
    const expected = readFileSync(answersOf(whole), 'utf8');

    const killed = emptyFolder();
    for (const lines of [0, 3, 7]) await killAfter(killed, lines);
    await runCli(evalArguments(killed));
    expect(readFileSync(answersOf(killed), 'utf8')).toBe(expected);

    const sharded = emptyFolder();
    for (const shard of ['1/2', '2/2']) await runCli(evalArguments(sharded, '--shard', shard));
    const merge = await runCli(['merge', join(sharded, 'shapesvqa')]);
    expect(merge.code).toBe(0);
    expect(readFileSync(answersOf(sharded), 'utf8')).toBe(expected);
  });

  it('refuses to go on with another method in the same folder', async () => {
    const out = emptyFolder();
    await runCli(evalArguments(out, '--limit', '1'));
    const { code, stderr } = await runCli(evalArguments(out, '--limit', '1', '--method', 'none'));
    expect(code).toBe(2);
    expect(stderr).toContain('differs in');
    expect(stderr).toContain('pruning.method');
  });

  it('refuses to go on with caches of another precision in the same folder', async () => {
    const asked = evalArguments(emptyFolder(), '--limit', '1');
    await runCli(asked);
    const { code, stderr } = await runCli([...asked, '--cache-dtype', 'int8']);
    expect(code).toBe(2);
    expect(stderr).toContain('model.cacheDtype');
  });

  it('gives the same files whatever the number of questions at a time', async () => {
    const env = { AUTOPRUNE_CACHE: emptyFolder() };
    const answered = async (concurrency: string): Promise<string> => {
      const out = emptyFolder();
      const asked = ['eval', 'shapesvqa', '--limit', '12', '--out', out, '--dtype', 'mixed'];
      const { code } = await runCli([...asked, '--concurrency', concurrency], { env });
      expect(code).toBe(0);
      return readFileSync(join(out, 'shapesvqa', 'answers.jsonl'), 'utf8');
    };
    expect(await answered('4')).toBe(await answered('1'));
  });

  it('turns a LLaVA question file into an answer file', async () => {
    const out = emptyFolder();
    const answers = join(out, 'answers.jsonl');
    const { code } = await runCli([
      'eval',
      '--question-file',
      join(shapesVqaFolder, 'questions.jsonl'),
      '--image-folder',
      join(shapesVqaFolder, 'images'),
      '--answers-file',
      answers,
      '--limit',
      '2',
      '--conv-mode',
      'vicuna_v1',
    ]);
    expect(code).toBe(0);
    const lines = readFileSync(answers, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).question_id)).toEqual([0, 1]);
  });

  it('prints the first prompt and the identity without answering', async () => {
    const out = emptyFolder();
    const prompt = await runCli(evalArguments(out, '--print-prompt'));
    expect(prompt.stdout).toContain('USER: <image>\nHow many triangles are there?');
    const system = await runCli(
      evalArguments(out, '--print-prompt', '--system', 'Be brief.', '--template', 'vicuna_v1'),
    );
    expect(system.stdout).toMatch(/^Be brief\. USER: <image>\nHow many/);
    const config = await runCli(evalArguments(out, '--print-config'));
    expect(JSON.parse(config.stdout)[0].configuration).toMatchObject({
      benchmark: 'shapesvqa',
      questionCount: 12,
      pruning: { method: 'autoprune' },
    });
    expect(existsSync(join(out, 'shapesvqa'))).toBe(false);
  });

  it('exits with 6 and names the questions when an endpoint fails', async () => {
    const server = createServer((_, response) => response.writeHead(401).end('no key'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const out = emptyFolder();
    const { code, stderr } = await runCli(
      evalArguments(out, '--limit', '1', '--endpoint', `http://127.0.0.1:${port}/v1`),
    );
    server.close();
    expect(code).toBe(6);
    expect(stderr).toContain('question 0:');
    expect(stderr).toContain('status 401: no key');
  });
});

describe('autoprune eval --sweep', () => {
  const sweep = (out: string, ...more: string[]) =>
    runCli(evalArguments(out, '--tuning-share', '0.5', '--sweep', 'x0=10/20,k0=0.4', ...more));

  it('chooses a setting on the tuning split and judges it on the other questions', async () => {
    const out = emptyFolder();
    const { code, stdout } = await sweep(out, '--json');
    expect(code).toBe(0);
    const [{ tuning, test, split }] = JSON.parse(stdout);
    expect(split).toEqual({ by: 'question id', tuningShare: 0.5 });
    expect(tuning.map(({ setting }: { setting: object }) => setting)).toEqual([
      { x0: 10, k0: 0.4 },
      { x0: 20, k0: 0.4 },
    ]);
    const best = Math.max(...tuning.map(({ score }: { score: number }) => score));
    const chosen = tuning.find(({ score }: { score: number }) => score === best);
    expect(test.setting).toEqual(chosen.setting);
    const idsOf = ({ folder }: { folder: string }): string[] =>
      readFileSync(join(folder, 'answers.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).question_id);
    expect(idsOf(tuning[0])).toEqual(idsOf(tuning[1]));
    const all = [...idsOf(tuning[0]), ...idsOf(test)];
    expect(new Set(all).size).toBe(Number(LIMIT));
    expect(all).toHaveLength(Number(LIMIT));

    // A second call finds everything answered, and says so to a person.
    const { stdout: text } = await sweep(out);
    expect(text).toContain('best setting by the tuning split: x0=');
    expect(text).toContain('that setting on the test split: x0=');
    const report = await runCli(['report', out, '--json']);
    const names = JSON.parse(report.stdout).sections.map(
      ({ benchmark }: { benchmark: string }) => benchmark,
    );
    expect(names.sort()).toEqual(['shapesvqa, test split', 'shapesvqa, tuning split']);
  });

  it.each([
    ['x0=ten', '"ten" is no value of x0'],
    ['budget=1', 'is not one of x0, k0, gamma'],
    ['x0=1,x0=2', 'given twice'],
  ])('refuses %s', async (grid, message) => {
    const { code, stderr } = await runCli(evalArguments(emptyFolder(), '--sweep', grid));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('refuses a split without questions', async () => {
    const { code, stderr } = await sweep(emptyFolder(), '--limit', '1');
    expect(code).toBe(2);
    expect(stderr).toContain('split has no question');
  });
});

describe('autoprune eval --times', () => {
  it("writes UniPruneBench's two files", async () => {
    const out = emptyFolder();
    const { code } = await runCli(
      evalArguments(out, '--limit', '2', '--method', 'fastv', '--times', out),
    );
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'method_times_fastv.txt'), 'utf8')).toMatch(
      /^(\d+\.\d{3} 144\n){2}$/,
    );
    expect(readFileSync(join(out, 'prefill_times.txt'), 'utf8')).toMatch(/^(\d+\.\d{3}\n){2}$/);
  });
});

describe('a specification by path', () => {
  const folder = emptyFolder();
  const specification = join(folder, 'own.json');
  const row = { id: '1', question: 'How many triangles are there?', answer: '1', image: 'no.png' };
  writeFileSync(join(folder, 'own.jsonl'), `${JSON.stringify(row)}\n`);
  writeFileSync(
    specification,
    JSON.stringify({ id: 'own', file: 'own.jsonl', scorers: ['exact_match'] }),
  );

  it('is listed and checked by benchmarks', async () => {
    const listed = await runCli(['benchmarks', specification, 'pope', '--json']);
    expect(JSON.parse(listed.stdout).map(({ id }: { id: string }) => id)).toEqual(['own', 'pope']);
    const checked = await runCli(['benchmarks', 'check', specification, '--data', folder]);
    expect(checked.code).toBe(2);
    expect(checked.stdout).toContain('1 questions, 0 of 1 pictures');
    expect(checked.stdout).toContain('1 of 1 pictures are not there, no.png first');
    expect(checked.stdout).not.toContain('official set');
  });

  it('leaves a question without its picture unanswered, and says so', async () => {
    const out = emptyFolder();
    const { code, stderr } = await runCli([
      ...['eval', specification, '--data', folder, '--out', out, '--no-progress'],
    ]);
    expect(code).toBe(6);
    expect(stderr).toContain('question 1: ');
    expect(stderr).toContain('no.png');
    expect(existsSync(join(out, 'own', 'result.json'))).toBe(false);
    const report = await runCli(['report', out]);
    expect(report.stderr).toContain('holds no finished run');
  });

  it('is answered by eval', async () => {
    const config = await runCli([
      ...['eval', `${specification},shapesvqa`, '--data', folder, '--out', folder],
      '--print-config',
    ]);
    expect(config.code).toBe(3);
    const own = await runCli([
      ...['eval', specification, '--data', folder, '--out', folder, '--print-config'],
    ]);
    expect(JSON.parse(own.stdout)[0].configuration).toMatchObject({
      benchmark: 'own',
      questionCount: 1,
    });
  });
});

describe('autoprune report', () => {
  it('compares finished runs with the unpruned one and writes every format', async () => {
    const out = emptyFolder();
    for (const method of ['none', 'random']) {
      const folder = join(out, method);
      await runCli(evalArguments(folder, '--limit', '3', '--method', method));
    }
    const { code, stdout } = await runCli(['report', out, '--out', out, '--json']);
    expect(code).toBe(0);
    const [section] = JSON.parse(stdout).sections;
    expect(section.rows[0]).toMatchObject({ run: 'none', paired: null, ratio: 1 });
    expect(section.rows[1]).toMatchObject({ paired: { items: 3 } });
    for (const format of ['html', 'md', 'csv', 'tex']) {
      expect(readFileSync(join(out, `report.${format}`), 'utf8')).toContain('shapesvqa');
    }
  });
});
