import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';
const ask = (flags: readonly string[], options = {}) =>
  runCli(['ask', picture, question, '--model', 'tiny', '--json', ...flags], options);

interface Answer {
  readonly answer: string;
  readonly method: { readonly name: string; readonly parameters: Record<string, unknown> };
  readonly layers: readonly { readonly entering: number }[];
  readonly cost: { readonly flopsRatio: number; readonly kvBytes: number };
}

const answerOf = async (flags: readonly string[]): Promise<Answer> => {
  const { stdout, stderr, code } = await ask(flags);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Answer;
};

describe('several methods', () => {
  it('act one after another, at one budget', async () => {
    const { method, cost } = await answerOf([
      '--method',
      'visionzip+fastv+snapkv',
      '--budget',
      'flops=0.5',
    ]);
    expect(method.name).toBe('visionzip+fastv+snapkv');
    expect(cost.flopsRatio).toBeCloseTo(0.5, 1);
  });

  it('take parameters under their own names', async () => {
    const { layers } = await answerOf([
      '--method',
      'visionzip+fastv',
      ...['--param', 'visionzip.keep=40', '--param', 'fastv.keep=10'],
    ]);
    expect(layers.map(({ entering }) => entering)).toEqual([40, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('may be stages of UniPruneBench’s strings', async () => {
    const { layers } = await answerOf(['--layer-specs', '2:fastv:0.5;5:pdrop']);
    expect(layers.map(({ entering }) => entering)).toEqual([144, 144, 72, 72, 72, 36, 36, 36]);
    const kept = await answerOf(['--layer-specs', '2:fastv', '--keep-ratio', '0.25']);
    expect(kept.layers[2]!.entering).toBe(36);
  });

  it('--keep-ratio keeps max(1, int(n · r))', async () => {
    const { layers } = await answerOf(['--method', 'fastervlm', '--keep-ratio', '0.33']);
    expect(layers[0]!.entering).toBe(47);
  });
});

describe('wrong specs get one line that says what would work', () => {
  it.each<[readonly string[], RegExp]>([
    [['--layer-specs', '2:fastv:1.5'], /above 0 and at most 1, not 1.5/],
    [
      ['--layer-specs', '99:fastv:0.5'],
      /\[1, 7\] for parameter layer of method fastv but received 99/,
    ],
    [['--layer-specs', '2:fastv:0.5', '--target-tokens', '30'], /leave out --target-tokens/],
    [['--method', 'fastv+pyramiddrop'], /keeps positions.*--layer-specs/],
    [['--method', 'divprune+gprune'], /both act at input/],
    [['--method', 'cdpruner'], /no text tower/],
    [['--method', 'snapkv', '--budget', 'flops=0.5'], /takes keepRatio, native/],
    [['--method', 'pyramiddrop', '--budget', 'flops=0.01'], /allows flops from/],
  ])('%j', async (flags, message) => {
    const { stdout, stderr, code } = await ask(flags);
    expect(stderr).toMatch(message);
    expect(linesOf(stderr)).toHaveLength(1);
    expect(stdout).toBe('');
    // CDPruner is not wrong, it only cannot run here.
    expect(code).toBe(flags.includes('cdpruner') ? 4 : 2);
  });
});

describe('a method of one’s own', () => {
  const folder = emptyFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const own = `
export default {
  name: 'every-third',
  title: 'Every third token',
  paper: null, repository: null, licence: 'Apache-2.0',
  sites: ['input'], signals: [], positions: 'keep', order: 'spatial',
  questionDependent: false, adaptive: false, budgets: ['native'], parameters: [],
  simulate: (_, { geometry, visualTokens }) => {
    const counts = new Array(geometry.layers).fill(Math.ceil(visualTokens / 3));
    return { entering: counts, leaving: counts };
  },
  start: () => ({
    sites: [{ site: { kind: 'input' }, signals: [] }],
    decide: (_, { rows }) => {
      const kept = rows.contents.flatMap((_, row) => (row % 3 === 0 ? [row] : []));
      const offsets = Int32Array.from({ length: kept.length + 1 }, (_, index) => index);
      return { kind: 'row-map', inputRows: rows.contents.length, outputRows: kept.length, offsets,
        inputs: Int32Array.from(kept), weights: new Float32Array(kept.length).fill(1), anchors: Int32Array.from(kept) };
    },
    report: () => ({ parameters: {} }),
  }),
};`;

  it('runs from a file, alone and with others', async () => {
    const path = file('every-third.mjs', own);
    const alone = await answerOf(['--method', path]);
    expect(alone.method.name).toBe('every-third');
    expect(alone.layers[0]!.entering).toBe(48);
    const both = await answerOf(['--method', `${path}+fastv`, '--param', 'fastv.keep=7']);
    expect(both.layers.map(({ entering }) => entering).slice(0, 2)).toEqual([48, 7]);
  });

  it('is checked by its author, and runs from outside the packages', async () => {
    const template = fileURLToPath(new URL('../../../apps/own-method/', import.meta.url));
    const checked = execFileSync(process.execPath, [join(template, 'check.mjs')], {
      encoding: 'utf8',
    });
    expect(checked.match(/keeps the contract/g)).toHaveLength(2);
    const flags = ['--budget', 'flops=0.5'];
    for (const [file, name] of [
      ['first-tokens.mjs', 'first-n'],
      ['last-row-attention.mjs', 'fastv'],
    ] as const) {
      const own = await answerOf(['--method', join(template, file), ...flags]);
      const core = await answerOf(['--method', name, ...flags]);
      expect(own.layers).toEqual(core.layers);
      expect(own.answer).toBe(core.answer);
    }
  });

  it.each<[string, string, RegExp, number]>([
    ['empty.mjs', '', /exports no method/, 2],
    ['half.mjs', 'export const method = { name: "half" }', /has no title/, 2],
    ['broken.mjs', 'export default (', /could not be loaded/, 3],
  ])('%s is refused', async (name, text, message, exit) => {
    const { stderr, code } = await ask(['--method', file(name, text)]);
    expect(stderr).toMatch(message);
    expect(linesOf(stderr)).toHaveLength(1);
    expect(code).toBe(exit);
  });
});

it('variables of published scripts are not read, and a warning says so', async () => {
  const env = { KEEP_RATIO: '0.1', INTRA_LLM_LAYER_SPECS: '2:fastv:0.1' };
  const { stderr, code } = await runCli(['methods', '--json'], { env });
  expect(code).toBe(0);
  expect(linesOf(stderr)).toEqual([
    'warning: these environment variables are not read: KEEP_RATIO (use --keep-ratio), INTRA_LLM_LAYER_SPECS (use --layer-specs)',
  ]);
});
