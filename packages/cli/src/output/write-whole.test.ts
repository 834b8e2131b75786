import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeLinesWhole, writeWhole } from './write-whole.js';

it.each([
  ['a text', (path: string) => writeWhole(path, 'one\ntwo\n')],
  ['lines', (path: string) => writeLinesWhole(path, ['one', 'two'])],
])('writes %s to a file, leaving nothing else', async (_, write) => {
  const folder = await mkdtemp(join(tmpdir(), 'autoprune-write-'));
  const path = join(folder, 'out.txt');
  await write(path);
  await write(path);
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect(await readdir(folder)).toEqual(['out.txt']);
});

it.skipIf(process.platform === 'win32').each([
  ['a text', (path: string) => writeWhole(path, 'one\ntwo\n')],
  ['lines', (path: string) => writeLinesWhole(path, ['one', 'two'])],
])('writes %s into a pipe instead of putting a file in its place', async (_, write) => {
  const path = join(await mkdtemp(join(tmpdir(), 'autoprune-write-')), 'pipe');
  execFileSync('mkfifo', [path]);
  const [read] = await Promise.all([readFile(path, 'utf8'), write(path)]);
  expect(read).toBe('one\ntwo\n');
  expect((await stat(path)).isFIFO()).toBe(true);
});

it('names the path and the reason where nothing can be written', async () => {
  await expect(writeLinesWhole('/nowhere/at/all.txt', [])).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: '/nowhere/at/all.txt could not be written: its folder does not exist; create it first',
  });
});
