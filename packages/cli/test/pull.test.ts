import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeHub } from '@autoprune/testing';
import { modelFolder, shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const ID = 'autoprune-test/tiny';
const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

let hub: FakeHub;
let commit: string;
let env: Record<string, string>;

beforeEach(async () => {
  hub = await FakeHub.start();
  const files = readdirSync(modelFolder).map(
    (name) => [name, readFileSync(join(modelFolder, name))] as const,
  );
  commit = hub.commit(ID, Object.fromEntries(files));
  env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: emptyFolder() };
});

afterEach(async () => {
  await hub[Symbol.asyncDispose]();
});

describe('autoprune pull', () => {
  it('brings a model that ask then answers with, by its id', async () => {
    const pulled = await runCli(['pull', ID], { env });
    expect(pulled.stderr).toContain(`${ID} at ${commit}`);
    expect(pulled.code).toBe(0);
    const folder = join(env.HF_HUB_CACHE!, 'models--autoprune-test--tiny', 'snapshots', commit);
    expect(pulled.stdout).toBe(`${folder}\n`);
    hub.reset();
    const answer = await runCli(['ask', picture, question, '--model', ID], { env });
    expect(answer).toMatchObject({ code: 0, stdout: '2\n' });
    expect(hub.exchanges).toEqual([]);
  });

  it('downloads nothing twice and prints JSON', async () => {
    await runCli(['pull', ID], { env });
    hub.reset();
    const { code, stdout } = await runCli(['pull', ID, '--json'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: ID, revision: commit, downloadedBytes: 0 });
    expect(hub.downloads).toEqual([]);
  });

  it('goes on after an interruption', async () => {
    hub.fault = ({ kind, file, start }) =>
      kind === 'bytes' && file === 'model.safetensors' && start === 0
        ? { kind: 'hang', after: 1_000_000 }
        : undefined;
    const first = await runCli(['pull', ID], { env, interrupt: 4000 });
    expect(first.code).toBe(130);
    expect(first.stderr).toContain(`autoprune pull ${ID} goes on from there next time`);
    hub.reset();
    expect((await runCli(['pull', ID], { env })).code).toBe(0);
    const starts = hub.downloads
      .filter(({ server, file }) => server === 'content' && file === 'model.safetensors')
      .map(({ start }) => start);
    expect(starts).toEqual([1_000_000]);
  });

  it.each([
    [
      'an id that the hub does not know',
      ['pull', 'autoprune-test/other'],
      3,
      /autoprune-test\/other/,
    ],
    ['a word that is no id', ['pull', 'tiny'], 2, /tiny is embedded/],
    [
      'a model that is not in the cache',
      ['ask', picture, 'Why?', '--model', ID],
      3,
      /run autoprune pull autoprune-test\/tiny/,
    ],
    ['a cache without the model, offline', ['pull', ID, '--offline'], 3, /autoprune-test\/tiny/],
  ])('says what is wrong with %s', async (_, args, code, message) => {
    const run = await runCli(args, { env });
    expect(run.code).toBe(code);
    expect(linesOf(run.stderr)).toHaveLength(1);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });
});
