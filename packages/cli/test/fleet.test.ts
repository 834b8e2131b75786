import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const app = fileURLToPath(new URL('../../../apps/eval-worker/worker.mjs', import.meta.url));
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const mustRun = process.env.AUTOPRUNE_REQUIRE_REDIS === '1';
if (!hasRedis && !mustRun) {
  console.warn(
    'The fleet test is skipped: redis-server is not installed (apt-get install redis-server)',
  );
}
const LIMIT = 40;
const children: ChildProcess[] = [];
let redis = '';

/** Starts a program and waits until it prints a text. */
async function start(command: string, args: readonly string[], text: string) {
  const child = spawn(command, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  for await (const part of child.stdout.setEncoding('utf8')) {
    output += part;
    if (output.includes(text)) break;
  }
  if (!output.includes(text)) throw new Error(`${command} ended without ${text}: ${output}`);
  child.stdout.resume();
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function startRedis(): Promise<string> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-redis-'));
  const args = [
    ...['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    ...['--dir', folder, '--loglevel', 'notice'],
  ];
  await start('redis-server', args, 'Ready to accept connections');
  return `redis://127.0.0.1:${port}`;
}

const startWorker = () =>
  start(process.execPath, [app, '--redis', redis, '--lock-ms', '1000'], 'answering');

const newOut = (): string => mkdtempSync(join(tmpdir(), 'autoprune-fleet-'));
const answersOf = (out: string, name = 'shapesvqa'): string => {
  const path = join(out, name, 'answers.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

async function evaluate(out: string, ...more: string[]): Promise<void> {
  const args = ['--limit', String(LIMIT), '--method', 'fastv', '--budget', 'flops=0.5'];
  const { code, stderr } = await runCli(['eval', 'shapesvqa', ...args, '--out', out, ...more]);
  expect(stderr).not.toContain('question ');
  expect(code).toBe(0);
}

describe.skipIf(!hasRedis && !mustRun)('a fleet', () => {
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    workers.push(...(await Promise.all([startWorker(), startWorker(), startWorker()])));
  }, 120_000);

  afterAll(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('of three workers, one of them killed, ends with the file of a single run', async () => {
    const whole = newOut();
    await evaluate(whole);
    const out = newOut();
    const run = evaluate(out, '--fleet', redis);
    while (answersOf(out).split('\n').length < 5) await wait(2);
    workers[0]!.kill('SIGKILL');
    const atKill = answersOf(out).split('\n').length - 1;
    await run;
    expect(atKill).toBeLessThan(LIMIT);
    expect(answersOf(out)).toBe(answersOf(whole));
    expect(answersOf(out).split('\n')).toHaveLength(LIMIT + 1);
  }, 240_000);

  it('answers any benchmark and any settings with the workers that are there', async () => {
    const folder = newOut();
    const specification = join(folder, 'mine.json');
    copyFileSync(join(shapesVqaFolder, 'images/0000.jpg'), join(folder, '0000.jpg'));
    const rows = [
      { nr: 1, q: 'How many triangles are there?', gold: '2', file: '0000.jpg' },
      { nr: 2, q: 'What color is the ring?', gold: 'blue', file: '0000.jpg' },
    ];
    writeFileSync(join(folder, 'q.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeFileSync(
      specification,
      JSON.stringify({
        id: 'mine',
        file: 'q.jsonl',
        columns: { id: 'nr', question: 'q', answer: 'gold', image: 'file' },
        prompt: '{question}\nAnswer the question using a single word or phrase.',
        scorers: ['exact_match'],
      }),
    );
    const settings = ['--layer-specs', '2:fastv:0.5', '--system', 'Be brief.'];
    const evalMine = (out: string, ...more: string[]) =>
      runCli(['eval', specification, '--data', folder, '--out', out, ...settings, ...more]);
    const [here, there] = [newOut(), newOut()];
    expect(await evalMine(here)).toMatchObject({ code: 0 });
    expect(await evalMine(there, '--fleet', redis)).toMatchObject({ code: 0 });
    expect(answersOf(there, 'mine').split('\n')).toHaveLength(rows.length + 1);
    expect(answersOf(there, 'mine')).toBe(answersOf(here, 'mine'));
  }, 120_000);

  it('says which question a worker could not answer, and why', async () => {
    const out = newOut();
    const { code, stderr } = await runCli([
      ...['eval', 'shapesvqa', '--limit', '1', '--out', out, '--fleet', redis],
      ...['--method', 'cdpruner', '--budget', 'flops=0.5'],
    ]);
    expect(code).toBe(6);
    expect(stderr).toContain('question 0: ');
    expect(stderr).toContain('no text tower');
  }, 60_000);
});

it('says that nothing answers at the address of a fleet', async () => {
  const address = `redis://127.0.0.1:${await freePort()}`;
  const { code, stderr } = await runCli([
    ...['eval', 'shapesvqa', '--limit', '1', '--out', newOut(), '--fleet', address],
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/Redis at 127\.0\.0\.1:\d+ could not be reached \(.*ECONNREFUSED/);
}, 60_000);
