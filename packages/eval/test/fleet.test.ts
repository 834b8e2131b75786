import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const app = fileURLToPath(new URL('../../../apps/eval-worker/', import.meta.url));
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.warn(
    'The fleet test is skipped: redis-server is not installed (apt-get install redis-server)',
  );
}
const LIMIT = 40;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

const startApp = (script: string, ...args: string[]): ChildProcess =>
  start(process.execPath, [join(app, script), ...args]);

/** Waits until a process prints a text. */
async function printed(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  for await (const part of child.stdout!.setEncoding('utf8')) {
    output += part;
    if (output.includes(text)) break;
  }
  if (!output.includes(text)) throw new Error(`ended without ${text}: ${output}`);
  child.stdout!.resume();
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
  const server = start('redis-server', [
    ...['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    ...['--dir', folder, '--loglevel', 'notice'],
  ]);
  await printed(server, 'Ready to accept connections');
  return `redis://127.0.0.1:${port}`;
}

const newOut = (): string => mkdtempSync(join(tmpdir(), 'autoprune-fleet-'));
const answersOf = (out: string): string => {
  const path = join(out, 'shapesvqa', 'answers.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

async function evaluate(out: string, ...more: string[]): Promise<void> {
  const child = startApp('evaluate.mjs', '--out', out, '--limit', String(LIMIT), ...more);
  child.stdout!.resume();
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
}

describe.skipIf(!hasRedis)('a fleet', () => {
  it('of three workers, one of them killed, ends with the file of a single run', async () => {
    const whole = newOut();
    await evaluate(whole);
    const redis = ['--redis', await startRedis()];
    const startWorker = () => startApp('worker.mjs', ...redis, '--lock-ms', '1000');
    const workers = [startWorker(), startWorker(), startWorker()];
    await Promise.all(workers.map((worker) => printed(worker, 'answering')));

    const out = newOut();
    const run = evaluate(out, ...redis, '--workers', '3');
    while (answersOf(out).split('\n').length < 5) await wait(2);
    workers[0]!.kill('SIGKILL');
    const atKill = answersOf(out).split('\n').length - 1;
    await run;
    expect(atKill).toBeLessThan(LIMIT);
    expect(answersOf(out)).toBe(answersOf(whole));
    expect(answersOf(out).split('\n')).toHaveLength(LIMIT + 1);
  }, 240_000);
});
