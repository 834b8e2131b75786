import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeBlock, guideBlocks } from '../src/documentation/code-blocks.js';
import { makeReaderFolder } from '../src/documentation/reader-folder.js';
import { settings, substitutions } from '../src/documentation/settings.js';
import { FakeHub } from '../src/fake-hub.js';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'reader-'));
const blocks = guideBlocks(root);
const run = blocks.filter(({ notRun }) => notRun === undefined);
const execute = promisify(execFile);

let environment: NodeJS.ProcessEnv;
let judge: Server;
let stopServer: () => void;
let hub: FakeHub;
const addresses = { judge: '', server: '' };

/** Starts the command's server at a free port. */
async function startServe(): Promise<string> {
  const bin = join(root, 'packages/cli/dist/bin.js');
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0'], { env: environment });
  stopServer = () => child.kill('SIGTERM');
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (part: Buffer): void => {
      said += part;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (address) resolve(`${address[0]}/v1`);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', () => reject(new Error(`serve ended:\n${said}`)));
  });
}

beforeAll(async () => {
  environment = makeReaderFolder(root, folder);
  judge = createServer((_request, response) => {
    const choices = [{ message: { content: '10 4\nNo cat.' }, finish_reason: 'stop' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ model: 'stub', choices }));
  });
  await new Promise<void>((resolve) => judge.listen(0, '127.0.0.1', resolve));
  addresses.judge = `http://127.0.0.1:${(judge.address() as AddressInfo).port}/v1`;
  addresses.server = await startServe();
  hub = await FakeHub.start();
  const model = join(root, 'packages/tiny-llava/model');
  const files = readdirSync(model).map((name) => [name, readFileSync(join(model, name))] as const);
  hub.commit('llava-hf/llava-1.5-7b-hf', Object.fromEntries(files));
  environment.HF_ENDPOINT = hub.endpoint;
  // Guides pull a model once; the pages that use it do not repeat that.
  await execute('autoprune', ['pull', 'llava-hf/llava-1.5-7b-hf'], { env: environment });
});
afterAll(async () => {
  stopServer();
  judge.close();
  await hub[Symbol.asyncDispose]();
});

const substituted = (text: string): string =>
  substitutions(addresses).reduce((before, [from, to]) => before.replace(from, to), text);

/** Runs a program block as a module in the reader's folder. */
async function runModule({ name, page, text, language }: CodeBlock): Promise<void> {
  const setting = settings.find((one) => one.page === page && text.includes(one.has));
  const own = /^\/\/ (\S+\.mjs)$/m.exec(text)?.[1];
  const file = join(folder, own ?? `${name.replace(/\W/g, '-')}.mjs`);
  const source = `${setting?.before ?? ''}\n${substituted(text)}`;
  const loader = language === 'ts' ? 'ts' : 'js';
  writeFileSync(file, transformSync(source, { loader, target: 'es2022', format: 'esm' }).code);
  await execute(process.execPath, [file], { cwd: folder, env: environment });
}

/** Runs the lines of a shell block, each as a reader would type it. A server is stopped once it answers. */
async function runShell({ text }: CodeBlock): Promise<void> {
  for (const line of substituted(text).trim().split('\n')) {
    if (/autoprune serve/.test(line)) await runUntilItServes(line);
    else await execute('sh', ['-c', line], { cwd: folder, env: environment });
  }
}

async function runUntilItServes(line: string): Promise<void> {
  const command = `${line.replace(/\s+#.*$/, '')} --port 0`;
  const child = spawn('sh', ['-c', `exec ${command.replace(/^npx /, '')}`], {
    cwd: folder,
    env: environment,
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const listen = (part: Buffer): void => {
      said += part;
      if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', () => reject(new Error(`${command} ended:\n${said}`)));
  });
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
}

describe('code blocks of the guides', () => {
  it('say their language, and why they are not run where they are not', () => {
    const known = new Set(['sh', 'ts', 'js', 'json']);
    expect(blocks.filter(({ language }) => !known.has(language)).map(({ name }) => name)).toEqual(
      [],
    );
    const left = blocks.filter(({ notRun }) => notRun !== undefined);
    console.log(
      [
        `${blocks.length} code blocks, ${run.length} run, ${left.length} not run:`,
        ...left.map(({ name, notRun }) => `  ${name}: ${notRun}`),
      ].join('\n'),
    );
    // A block more that is not run has to be counted here, on purpose.
    expect(left.length).toBe(17);
  });

  // A page's blocks build on one another, and configuration files come before the commands that read them.
  for (const block of run) {
    it(block.name, async () => {
      if (block.language === 'sh') await runShell(block);
      else if (block.language === 'json') {
        JSON.parse(block.text);
        writeFileSync(
          join(folder, block.text.includes('"scorers"') ? 'my-shapes.json' : 'pruning.json'),
          block.text,
        );
      } else await runModule(block);
    }, 240_000);
  }

  it('uses every setting', () => {
    const unused = settings.filter(
      ({ page, has }) => !run.some((block) => block.page === page && block.text.includes(has)),
    );
    expect(unused).toEqual([]);
    expect(readFileSync(join(folder, 'pruning.json'), 'utf8')).toContain('llava-hf');
  });
});
