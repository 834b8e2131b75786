import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { describe, expect, it } from 'vitest';
import { emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question = 'How many triangles are there?';

function configFile(content: unknown): string {
  const path = join(emptyFolder(), 'config.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const ask = (config: string, flags: readonly string[] = [], env: Record<string, string> = {}) =>
  runCli(['ask', picture, question, '--json', '--config', config, ...flags], { env });

describe('--config', () => {
  const config = configFile({
    method: 'fastv',
    budget: 'keepRatio=0.25',
    param: ['layer=3'],
    maxNewTokens: 2,
    temperature: 0,
  });

  it('gives options', async () => {
    const { stdout, code } = await ask(config);
    expect(code).toBe(0);
    const { method, generatedIds, layers } = JSON.parse(stdout);
    expect(method).toMatchObject({ name: 'fastv', parameters: { layer: 3 } });
    expect(layers.at(-1).leaving).toBe(36);
    expect(generatedIds).toHaveLength(2);
  });

  it('gives way to flags and to environment variables', async () => {
    const { stdout } = await ask(config, ['--keep-ratio', '0.5'], {
      AUTOPRUNE_MAX_NEW_TOKENS: '1',
    });
    const { generatedIds, layers } = JSON.parse(stdout);
    expect(layers.at(-1).leaving).toBe(72);
    expect(generatedIds).toHaveLength(1);
  });

  it('reaches compare, chat and eval', async () => {
    const compared = await runCli([
      ...['compare', picture, question, '--json'],
      ...['--config', configFile({ methods: 'first-n', budget: 'flops=0.6', maxNewTokens: 1 })],
    ]);
    const { rows, budget } = JSON.parse(compared.stdout);
    expect(budget).toEqual({ kind: 'flops', value: 0.6 });
    expect(rows.map(({ method }: { method: string }) => method)).toEqual(['none', 'first-n']);

    const chatConfig = configFile({ method: 'first-n', maxNewTokens: 1, progress: false });
    const chat = ['chat', picture, '--json', '--config', chatConfig];
    const turn = await runCli(chat, { input: `${question}\n` });
    expect(JSON.parse(turn.stdout).method.name).toBe('first-n');

    const questions = join(emptyFolder(), 'questions.jsonl');
    writeFileSync(questions, JSON.stringify({ question_id: 1, image: '0000.jpg', text: question }));
    const evaluated = await runCli([
      'eval',
      ...['--question-file', questions, '--image-folder', join(shapesVqaFolder, 'images')],
      ...['--answers-file', join(emptyFolder(), 'answers.jsonl'), '--print-config'],
      ...['--config', configFile({ method: 'first-n', maxNewTokens: 7, budget: 'flops=0.6' })],
    ]);
    expect(evaluated.stderr).toBe('');
    expect(evaluated.stdout).toMatch(/first-n/);
    expect(JSON.parse(evaluated.stdout)[0].configuration.maxNewTokens).toEqual([7]);
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is no JSON', '{', /the file: is not JSON/],
    ['a list', [], /the file: .*expected object/],
    ['a misspelt option', { metod: 'fastv' }, /metod: is no option.*method/],
    ['an option of another command', { methods: 'fastv' }, /methods: is no option/],
    ['a wrong type', { reference: 'yes' }, /reference: .*expected boolean/],
    ['a number out of range', { maxNewTokens: 0 }, /maxNewTokens: 0 is not a whole number/],
    ['an unknown word', { imageMode: 'stretch' }, /imageMode: .*"pad"/],
    ['a budget said twice', { keepRatio: 0.5, targetTokens: 20 }, /targetTokens and keepRatio/],
  ])('refuses %s', async (_, content, message) => {
    const { stderr, code } = await ask(configFile(content));
    expect(stderr).toMatch(message);
    expect(linesOf(stderr)).toHaveLength(1);
    expect(code).toBe(2);
  });

  it('says when there is no such file', async () => {
    const { stderr, code } = await ask(join(emptyFolder(), 'none.json'));
    expect(stderr).toMatch(/none\.json could not be read/);
    expect(code).toBe(2);
  });
});
