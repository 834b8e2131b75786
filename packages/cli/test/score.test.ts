import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeVectors } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from './run-cli.js';

/** A POPE folder with one split of two questions, and answers to them. */
function popeFolder(answers: readonly string[]): string {
  const folder = emptyFolder();
  const rows = ['person', 'car'].map((thing, row) => ({
    question_id: row + 1,
    image: 'a.jpg',
    text: `Is there a ${thing}?`,
    category: 'random',
  }));
  const write = (name: string, lines: readonly object[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => JSON.stringify(line)).join('\n'));
  mkdirSync(join(folder, 'coco'));
  write('llava_pope_test.jsonl', rows);
  write('coco/coco_pope_random.json', [{ label: 'yes' }, { label: 'no' }]);
  write(
    'answers.jsonl',
    answers.map((text, row) => ({ question_id: row + 1, prompt: '', text })),
  );
  return folder;
}

describe('autoprune score', () => {
  it('prints every definition with its scorer, denominator and counts', async () => {
    const folder = popeFolder(['Yes', 'No']);
    const { code, stdout } = await runCli([
      'score',
      'pope',
      '--predictions',
      folder,
      '--data',
      folder,
      '--json',
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.definitions.map(({ name }: { name: string }) => name)).toEqual([
      'llava',
      'lmms_eval',
      'vlmevalkit_exact_matching',
    ]);
    expect(result.definitions[0]).toMatchObject({
      denominator: 2,
      verified: true,
      scorer: { repository: 'haotian-liu/LLaVA' },
      metrics: { average_f1: 1 },
    });
    expect(result.counts).toEqual({ items: 2, missing: 0, duplicate: 0, unknown: 0, unparsed: 0 });
  });

  it('writes items with what the parser saw and the rule that decided', async () => {
    const folder = popeFolder(['Yes', 'There is no car.']);
    const items = join(folder, 'items.jsonl');
    const paths = ['--predictions', folder, '--data', folder];
    const { code } = await runCli([
      'score',
      'POPE',
      ...paths,
      '--definition',
      'llava',
      '--items',
      items,
    ]);
    expect(code).toBe(0);
    const [, second] = readFileSync(items, 'utf8').trim().split('\n');
    expect(JSON.parse(second!)).toEqual({
      definition: 'llava',
      id: '2',
      gold: 'no',
      answer: 'There is no car.',
      parsed: 'no',
      rule: 'the word no',
      score: 1,
    });
  });

  it('names the definitions when one is misspelt, and the benchmarks when one is unknown', async () => {
    const folder = popeFolder(['Yes', 'No']);
    const paths = ['--predictions', folder, '--data', folder];
    const definition = await runCli(['score', 'pope', ...paths, '--definition', 'lava']);
    expect(definition).toMatchObject({ code: 2 });
    expect(definition.stderr).toContain('it has llava, lmms_eval, vlmevalkit_exact_matching');
    const benchmark = await runCli(['score', 'pop', ...paths]);
    expect(benchmark).toMatchObject({ code: 2 });
    expect(benchmark.stderr).toContain('known: vqav2');
  });

  it('exits with 3 when the data is absent', async () => {
    const folder = emptyFolder();
    const { code, stderr } = await runCli([
      'score',
      'pope',
      '--predictions',
      folder,
      '--data',
      join(folder, 'none'),
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('there is no such file or folder');
  });
});

describe('autoprune benchmarks', () => {
  it('lists question counts, definitions and the names of other tools', async () => {
    const { stdout } = await runCli(['benchmarks', '--json']);
    const rows = JSON.parse(stdout) as { id: string; aliases: object; definitions: object[] }[];
    expect(rows.find(({ id }) => id === 'scienceqa')).toMatchObject({
      questions: 4241,
      aliases: { lmmsEval: ['scienceqa', 'scienceqa_img', 'scienceqa_full'] },
    });
    for (const { definitions } of rows) expect(definitions.length).toBeGreaterThan(0);
  });

  it('says before a run which files and pictures are absent, and where they come from', async () => {
    const folder = popeFolder(['Yes', 'No']);
    const { code, stdout } = await runCli(['benchmarks', 'check', 'pope', '--data', folder]);
    expect(code).toBe(2);
    expect(stdout).toContain('val2014 is not there; it comes from http://images.cocodataset.org');
    expect(stdout).toContain('1 of 1 pictures are not there, a.jpg first');
  });
});

describeVectors(
  'the command scores a case folder as it is',
  ({ benchmark, case: name }) => benchmark === 'pope' && name === 'crafted_answers',
  async ({ folder, expected }) => {
    const paths = ['--predictions', folder, '--data', folder];
    const { stdout } = await runCli(['score', 'pope', ...paths, '--json']);
    expect(JSON.parse(stdout).definitions[0].metrics).toMatchObject(expected.metrics as object);
  },
);

describeVectors(
  'the command says whether a score is the published one',
  ({ benchmark, case: name }) => benchmark === 'pope' && name === 'real_llava15_13b',
  async ({ folder }) => {
    const paths = ['--predictions', folder, '--data', folder, '--definition', 'llava'];
    const right = await runCli(['score', 'pope', ...paths, '--published', 'llava-1.5-13b']);
    expect(right.stdout).toContain('published for LLaVA-1.5-13B none: 85.9; here 85.95 agrees');
    const unknown = await runCli(['score', 'pope', ...paths, '--published', 'gpt']);
    expect(unknown.stderr).toContain('no published score of gpt');
  },
);
