import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

describe('autoprune ask --dtype', () => {
  it('answers in another precision, from weights that cache ls shows and cache rm removes', async () => {
    const env = { AUTOPRUNE_CACHE: emptyFolder() };
    const asked = await runCli(['ask', picture, question, '--dtype', 'int4', '--json'], { env });
    expect(asked.code).toBe(0);
    expect(JSON.parse(asked.stdout)).toMatchObject({ answer: '2', model: { dtype: 'int4' } });
    const listed = await runCli(['cache', 'ls', '--json'], { env });
    const { folder, entries } = JSON.parse(listed.stdout);
    expect(folder).toBe(env.AUTOPRUNE_CACHE);
    expect(entries).toMatchObject([{ current: true, files: 12 }]);
    const table = await runCli(['cache'], { env });
    expect(table.stdout).toContain(entries[0].key);
    const removed = await runCli(['cache', 'rm', entries[0].key], { env });
    expect(removed).toMatchObject({ code: 0, stdout: '' });
    expect(existsSync(entries[0].folder)).toBe(false);
    expect((await runCli(['cache'], { env })).stderr).toContain('nothing was converted yet');
  });

  it.each([
    [['cache', 'rm'], /--all/],
    [['cache', 'rm', 'abc'], /abc/],
    [['cache', 'mv'], /too many arguments/],
  ])('%j says what is wrong', async (args, message) => {
    const { code, stderr } = await runCli(args, { env: { AUTOPRUNE_CACHE: emptyFolder() } });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('autoprune inspect', () => {
  it('says what each precision takes, and which auto would choose', async () => {
    const { memory, autoDtype, availableMemory } = JSON.parse(
      (await runCli(['inspect', 'tiny', '--json'])).stdout,
    );
    expect(Object.keys(memory)).toEqual(['fp32', 'int8', 'int4', 'mixed']);
    expect(memory.fp32.peak).toBeGreaterThan(memory.fp32.weights);
    expect(autoDtype).toBe('fp32');
    expect(availableMemory).toBeGreaterThan(memory.fp32.peak);
  });
});

describe('autoprune bench', () => {
  it('measures a model in turns, and writes JSON and a plot', async () => {
    const folder = emptyFolder();
    const output = join(folder, 'bench.json');
    const svg = join(folder, 'bench.svg');
    const args = ['--runs', '2', '--new-tokens', '4', '--target-tokens', '48,16'];
    const env = { AUTOPRUNE_CACHE: folder };
    const run = await runCli(['bench', ...args, '--output', output, '--svg', svg], { env });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/tiny, fp32, 144 visual and 60 text tokens/);
    expect(run.stdout).toMatch(/autoprune 16/);
    const report = JSON.parse(readFileSync(output, 'utf8'));
    expect(report).toMatchObject({ model: 'tiny', runs: 2, visualTokens: 144, textTokens: 60 });
    expect(report.results.map(({ label }: { label: string }) => label)).toEqual([
      'unpruned',
      'autoprune 48',
      'autoprune 16',
    ]);
    expect(report.results[2].flopsRatio).toBeLessThan(report.results[1].flopsRatio);
    expect(report.results[0].firstTokenSpeedup.median).toBe(1);
    expect(report.roofline.operationsPerSecond.int8).toBeGreaterThan(1e9);
    expect(report.memory.peak).toBeGreaterThan(report.memory.estimate / 3);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg.*time to the first token/s);
  });

  it.each([
    [['--synthetic', 'llava-2'], /llava-1\.5-7b/],
    [['--methods', 'autoprone'], /autoprune/],
    [['--target-tokens', '0'], /above 0/],
    [['--target-tokens', '1,,2'], /empty item/],
    [['--synthetic', 'llava-1.5-7b', '--model', 'tiny'], /--model/],
    [['--output', '/no/such/folder/x.json'], /folder does not exist/],
  ])('%j says what is wrong before any work', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['bench', ...args]);
    expect(code).toBeGreaterThan(0);
    expect(linesOf(stderr)[0]).toMatch(message);
    expect(stdout).toBe('');
  });
});
