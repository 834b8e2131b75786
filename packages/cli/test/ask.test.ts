import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const other = join(shapesVqaFolder, 'images', '0001.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

describe('autoprune ask', () => {
  it('prints the answer to standard output and the cost to standard error', async () => {
    const { code, stdout, stderr } = await runCli(['ask', picture, question]);
    expect(code).toBe(0);
    expect(stdout).toBe('2\n');
    expect(stderr).toMatch(/autoprune: 144 visual tokens, on average 46\.9 entering a layer/);
  });

  it('holds the cache in 8 bits where it is told to', async () => {
    const asked = ['ask', picture, question, '--json', '--cache-dtype'];
    const { code, stdout } = await runCli([...asked, 'int8']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      answer: '2',
      model: { dtype: 'fp32', cacheDtype: 'int8' },
    });
    const refused = await runCli([...asked, 'int4']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/Allowed choices are fp32, fp16, int8/);
  });

  it('prints the documented JSON object', async () => {
    const { code, stdout } = await runCli([
      'ask',
      picture,
      question,
      '--json',
      '--target-tokens',
      '48',
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual([
      'answer',
      'finishReason',
      'generatedIds',
      'model',
      'method',
      'tokens',
      'layers',
      'cost',
      'timings',
    ]);
    expect(result).toMatchObject({
      answer: '2',
      finishReason: 'eos',
      model: { id: 'tiny', family: 'llava-1.5', dtype: 'fp32' },
      method: { name: 'autoprune', parameters: { targetTokens: 48 } },
      tokens: { visual: 144, generated: 2 },
      cost: { meanLeaving: 48 },
    });
    expect(result.generatedIds.at(-1)).toBe(2);
    expect(result.layers).toHaveLength(8);
    expect(Object.keys(result.cost)).toEqual([
      'meanEntering',
      'meanLeaving',
      'flops',
      'flopsUnpruned',
      'flopsRatio',
      'realFlops',
      'visionFlops',
      'pruningFlops',
      'kvBytes',
      'kvBytesUnpruned',
    ]);
    expect(Object.keys(result.timings)).toEqual([
      'loadMs',
      'visionMs',
      'prefillMs',
      'pruningMs',
      'firstTokenMs',
      'decodeMs',
      'decodeTokensPerSecond',
    ]);
    const { method } = result;
    expect(method.slope).toBe(Math.max(0.4 - 0.2 * method.complexity, 0));
  });

  it('writes a trace with logits and kept rows, and an overlay', async () => {
    const folder = emptyFolder();
    const [trace, overlay] = [join(folder, 'trace.json'), join(folder, 'kept.png')];
    const { code } = await runCli([
      'ask',
      picture,
      question,
      '--trace',
      trace,
      '--overlay',
      overlay,
      '--reference',
    ]);
    expect(code).toBe(0);
    const result = JSON.parse(readFileSync(trace, 'utf8'));
    expect(result.firstTokenLogits).toHaveLength(650);
    expect(result.layers[0].kept).toHaveLength(result.layers[0].leaving);
    expect(result.layers[0].kept.every(Number.isInteger)).toBe(true);
    expect(result.layers.at(-1).kept).toHaveLength(result.layers.at(-1).leaving);
    const { width = 0, height = 0, format } = await sharp(overlay).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(2000);
    expect(height).toBeGreaterThan(800);
  });

  it('accepts the flags of published scripts', async () => {
    const ours = await runCli([
      'ask',
      picture,
      question,
      '--json',
      '--target-tokens',
      '32',
      '--reference',
    ]);
    const published = await runCli([
      'ask',
      picture,
      question,
      '--json',
      '--target-token-num=32',
      '--x0',
      '14.9',
      '--k0',
      '0.4',
      '--gamma',
      '0.2',
      '--visual-token-num',
      '576',
      '--conv-mode',
      'auto',
      '--reference',
    ]);
    const [a, b] = [JSON.parse(ours.stdout), JSON.parse(published.stdout)];
    expect(b.layers).toEqual(a.layers);
    expect(b.generatedIds).toEqual(a.generatedIds);
  });

  it('reads a picture from standard input, and takes several pictures or none', async () => {
    const piped = await runCli(['ask', '-', question], { input: readFileSync(picture) });
    expect(piped).toMatchObject({ code: 0, stdout: '2\n' });
    const two = await runCli(['ask', picture, other, 'What is this?', '--json']);
    expect(two.code).toBe(0);
    expect(JSON.parse(two.stdout).tokens.visual).toBe(288);
    const none = await runCli(['ask', 'What is a circle?', '--json']);
    expect(none.code).toBe(0);
    expect(JSON.parse(none.stdout).tokens.visual).toBe(0);
  });

  it('says which picture a row is of when there are several', async () => {
    const trace = join(emptyFolder(), 'trace.json');
    await runCli(['ask', picture, other, 'What is this?', '--trace', trace]);
    const { layers } = JSON.parse(readFileSync(trace, 'utf8'));
    const images = new Set(layers[0].kept.map((row: { image: number }) => row.image));
    expect(images).toEqual(new Set([0, 1]));
    expect(layers[0].kept[0]).toEqual({ image: 0, position: expect.any(Number) });
  });

  it.each(['none', 'fastv', 'random'])('answers with method %s', async (method) => {
    const { code, stdout } = await runCli(['ask', picture, question, '--method', method, '--json']);
    expect(code).toBe(0);
    const { layers, method: used } = JSON.parse(stdout);
    expect(used.name).toBe(method);
    expect(layers.at(-1).entering).toBe(method === 'none' ? 144 : 32);
  });

  it('clamps a target above the picture with --reference', async () => {
    const all = await runCli([
      'ask',
      picture,
      question,
      '--json',
      '--reference',
      '--target-tokens',
      '144',
    ]);
    const above = await runCli([
      'ask',
      picture,
      question,
      '--json',
      '--reference',
      '--target-tokens',
      '600',
    ]);
    expect(above.code).toBe(0);
    expect(JSON.parse(above.stdout).layers).toEqual(JSON.parse(all.stdout).layers);
  });

  it('keeps the answer so far when it is interrupted', async () => {
    const args = [
      'ask',
      picture,
      'Tell me everything.',
      '--max-new-tokens',
      '1900',
      '--method',
      'none',
    ];
    // A stop at the first output; the tiny model may be done by then, so let it draw at random without end.
    const { code, stdout } = await runCli([...args, '--temperature', '5', '--seed', '3'], {
      interrupt: 'first-output',
    });
    expect(code).toBe(130);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout.endsWith('\n')).toBe(true);
  });
});
