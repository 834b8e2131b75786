import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { methods } from '@autoprune/core/methods';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');

describe('autoprune schedule', () => {
  it('prints a table', async () => {
    const { code, stdout } = await runCli(['schedule', '--target-tokens', '64']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/mean leaving 64\.00/);
    expect(linesOf(stdout).length).toBeGreaterThan(34);
  });

  it('prints the documented JSON object', async () => {
    const { stdout } = await runCli([
      'schedule',
      '--target-tokens',
      '64',
      '--visual-tokens',
      '576',
      '--layers',
      '32',
      '--slope',
      '0.2',
      '--reference',
      '--json',
    ]);
    const result = JSON.parse(stdout);
    expect(result.keepShare).toHaveLength(31);
    expect(result.entering.slice(0, 4)).toEqual([576, 160, 121, 118]);
    expect(result.leaving).toHaveLength(32);
    expect(result).toMatchObject({ slope: 0.2, meanLeaving: 64 });
    expect(result.flopsRatio).toBeGreaterThan(0.2);
  });

  it('takes what the published search takes', async () => {
    const flags = ['schedule', '--reference', '--json', '--slope', '0.2'];
    const zero = JSON.parse((await runCli([...flags, '--target-tokens', '0'])).stdout);
    expect(zero.entering.slice(0, 3)).toEqual([576, 0, 0]);
    const negative = JSON.parse((await runCli([...flags, '--target-tokens', '-1'])).stdout);
    expect(negative).toMatchObject({ scale: null, entering: null });
    const nan = await runCli(['schedule', '--reference', '--json', '--slope', 'NaN']);
    expect(nan.code).toBe(2);
    const infinite = await runCli([
      'schedule',
      '--reference',
      '--json',
      '--slope',
      'Infinity',
      '--target-tokens',
      '64',
    ]);
    expect(infinite.code).toBe(0);
  });

  it('plots', async () => {
    const svg = join(emptyFolder(), 'plot.svg');
    const { code } = await runCli(['schedule', '--target-tokens', '64', '--svg', svg]);
    expect(code).toBe(0);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg[\s\S]*visual tokens[\s\S]*<\/svg>/);
  });

  it('says the reachable range of a budget out of reach', async () => {
    const { code, stderr } = await runCli(['schedule', '--budget', 'meanEntering=5']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be reached.*from 18\.\d+ to 576/);
  });
});

it('autoprune methods lists the table', async () => {
  const { stdout } = await runCli(['methods', '--json']);
  const table = JSON.parse(stdout);
  expect(table.map((row: { name: string }) => row.name)).toEqual(methods.map(({ name }) => name));
  for (const row of table) {
    expect(Object.keys(row)).toEqual(
      expect.arrayContaining([
        'name',
        'title',
        'paper',
        'repository',
        'licence',
        'sites',
        'signals',
        'positions',
        'order',
        'questionDependent',
        'adaptive',
        'parameters',
      ]),
    );
    for (const parameter of row.parameters) {
      expect(Object.keys(parameter)).toEqual(
        expect.arrayContaining(['name', 'type', 'min', 'max', 'default']),
      );
    }
  }
  expect((await runCli(['methods'])).stdout).toMatch(/autoprune {2,}input, layer/);
});

it('autoprune inspect shows a checkpoint', async () => {
  expect((await runCli(['inspect'])).stdout).toMatch(/8 layers, width 128/);
  const summary = JSON.parse((await runCli(['inspect', 'tiny', '--json'])).stdout);
  expect(summary).toMatchObject({ family: 'llava-1.5', visualTokensPerTile: 144 });
  expect(summary.weights.parameters).toBeGreaterThan(2_700_000);
});

it('autoprune doctor finds this installation healthy', async () => {
  const { code, stdout } = await runCli(['doctor', '--json']);
  const { healthy, findings } = JSON.parse(stdout);
  expect(findings.filter((finding: { ok: boolean }) => !finding.ok)).toEqual([]);
  expect(healthy).toBe(true);
  expect(code).toBe(0);
  expect((await runCli(['doctor'])).stdout).toMatch(/onnxruntime-node +1\./);
});

describe('autoprune chat', () => {
  const lines =
    'How many triangles are there?\n\n/help\nWhat color is the ring?\n/new\nWhat shape is orange?\n/quit\n';

  it.each([[[]], [['--reuse-cache']]])('answers several questions (%j)', async (flags) => {
    const { code, stdout, stderr } = await runCli(['chat', picture, ...flags], { input: lines });
    expect(code).toBe(0);
    expect(linesOf(stdout)).toHaveLength(3);
    expect(stderr).toMatch(/The conversation begins again/);
  });

  it('prints one JSON object a turn', async () => {
    const { stdout } = await runCli(['chat', picture, '--json', '--reuse-cache'], { input: lines });
    const turns = linesOf(stdout).map((line) => JSON.parse(line));
    expect(turns).toHaveLength(3);
    expect(turns.map((turn) => turn.cacheReused ?? false)).toEqual([false, true, false]);
  });
});

it.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
])('autoprune completion prints a script that %s accepts', async (shell, flags) => {
  const { code, stdout } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/target-tokens/);
  const check = spawnSync(shell, flags, { input: stdout });
  // A shell that is not installed checks nothing.
  if (check.error) return;
  expect(check.stderr.toString()).toBe('');
  expect(check.status).toBe(0);
});

it('autoprune demo shows answers, costs and overlays', async () => {
  const folder = emptyFolder();
  const { code, stdout } = await runCli(['demo', '--out', folder]);
  expect(code).toBe(0);
  expect(stdout.match(/right answer/g)).toHaveLength(3);
  expect(stdout.match(/AutoPrune 32/g)).toHaveLength(3);
  const overlays = linesOf(stdout)
    .filter((line) => line.endsWith('.png'))
    .map((line) => line.trim());
  expect(overlays.filter((path) => path.startsWith(folder))).toHaveLength(3);
  for (const path of overlays.slice(0, 3)) expect(existsSync(path)).toBe(true);
});

it('shows the help without arguments, and the version', async () => {
  expect((await runCli([])).stdout).toMatch(/Usage: autoprune/);
  expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/);
});

it('autoprune methods --bibtex prints every paper once', async () => {
  const { stdout, code } = await runCli(['methods', '--bibtex']);
  expect(code).toBe(0);
  const papers = new Set(methods.flatMap(({ paper }) => paper ?? []));
  expect(stdout.match(/^@/gm)).toHaveLength(papers.size);
  expect(stdout).toContain('  eprint = {2412.04467},');
  expect(stdout).not.toMatch(/undefined|null/);
});
