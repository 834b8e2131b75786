import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

describe('autoprune compare', () => {
  it('asks one question of several methods at one budget', async () => {
    const { stdout, code } = await runCli([
      'compare',
      picture,
      question,
      ...['--methods', 'autoprune,fastv,snapkv,visionzip+fastv,cdpruner', '--json'],
    ]);
    expect(code).toBe(0);
    const { rows, budget } = JSON.parse(stdout);
    expect(budget).toEqual({ kind: 'flops', value: 0.5 });
    expect(rows.map(({ method }: { method: string }) => method)).toEqual([
      'none',
      'autoprune',
      'fastv',
      'snapkv',
      'visionzip+fastv',
      'cdpruner',
    ]);
    const [none, autoprune, fastv, snapkv, both, cdpruner] = rows;
    expect(none).toMatchObject({ agreement: 1, flopsRatio: 1, kvShare: 1 });
    for (const row of [autoprune, fastv, both]) {
      expect(Math.abs(row.flopsRatio - 0.5)).toBeLessThan(0.02);
    }
    expect(snapkv).toMatchObject({ flopsRatio: 1 });
    expect(snapkv.kvShare).toBeCloseTo(0.4, 1);
    expect(cdpruner.refused).toMatch(/no text tower/);
  });

  it('takes a folder of questions, and writes a report', async () => {
    const folder = emptyFolder();
    const out = join(folder, 'report');
    const { stdout, code } = await runCli([
      'compare',
      shapesVqaFolder,
      ...['--limit', '3', '--methods', 'fastervlm,first-n', '--out', out],
    ]);
    expect(code).toBe(0);
    expect(linesOf(stdout)[0]).toMatch(/^method +accuracy %/);
    expect(linesOf(stdout)).toHaveLength(5);
    expect(readFileSync(join(out, 'table.csv'), 'utf8')).toMatch(/^method,accuracy %,/);
    expect(readFileSync(join(out, 'table.tex'), 'utf8')).toContain('accuracy \\% &');
    expect(readFileSync(join(out, 'table.md'), 'utf8')).toMatch(/^\| method \| accuracy % \|/);
    expect(readFileSync(join(out, 'pareto.svg'), 'utf8')).toMatch(/^<svg/);
    const png = await sharp(join(out, 'pareto.png')).metadata();
    expect(png.format).toBe('png');
    expect(png.width).toBeGreaterThan(1000);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report.match(/data:image\/png;base64/g)).toHaveLength(3);
    expect(existsSync(join(out, 'comparison.json'))).toBe(true);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['a folder without questions', () => {}, /holds no questions.jsonl/],
    [
      'a line that is no JSON',
      (folder) => writeFileSync(join(folder, 'questions.jsonl'), '{'),
      /line 1 is no JSON/,
    ],
    [
      'a question without a picture',
      (folder) => writeFileSync(join(folder, 'questions.jsonl'), '{"text":"What?"}\n'),
      /question 1 has no image/,
    ],
  ])('refuses %s', async (_, prepare, message) => {
    const folder = join(emptyFolder(), 'questions');
    mkdirSync(folder);
    prepare(folder);
    const { stderr, code } = await runCli(['compare', folder]);
    expect(stderr).toMatch(message);
    expect(linesOf(stderr)).toHaveLength(1);
    expect(code).toBe(2);
  });
});
