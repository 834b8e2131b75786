import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { GenerationResult, LlavaModel } from '@autoprune/llava';
import { overlayPng } from '@autoprune/llava/overlay';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { Command } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { loadWithProgress } from '../options/model-options.js';
import { duration, metric, percent, sparkline } from '../output/quantities.js';
import { renderTable } from '../output/table.js';
import { writeWhole } from '../output/write-whole.js';

interface DemoOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly progress: boolean;
}

/** Questions of the evaluation set about three pictures: counting, a colour, reading. */
const QUESTION_IDS = [0, 5, 18];
/** Mean of the visual tokens leaving a layer, of 144. */
const TARGETS = [64, 32, 16];
/** The budget whose rows are drawn. */
const DRAWN = 32;

interface Question {
  readonly question_id: number;
  readonly image: string;
  readonly text: string;
  readonly category: string;
}

/** One line of the demo's table. */
interface DemoRow {
  readonly image: string;
  readonly question: string;
  readonly expected: string;
  readonly budget: number | null;
  readonly result: GenerationResult;
}

/** `autoprune demo`: the embedded model on three pictures, at four budgets. */
export function demoCommand(io: CommandIo): Command {
  return new Command('demo')
    .description('ask the embedded model about three pictures, with all tokens and with fewer')
    .option('--out <folder>', 'where overlays are written', 'autoprune-demo')
    .option('--json', 'print one JSON object')
    .option('--no-progress', 'show no progress on standard error')
    .action((options: DemoOptions) => demo(io, options));
}

async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(join(shapesVqaFolder, file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

async function demo(io: CommandIo, options: DemoOptions): Promise<void> {
  const started = performance.now();
  const folder = resolve(options.out);
  await mkdir(folder, { recursive: true });
  const questions = await readLines<Question>('questions.jsonl');
  const annotations = await readLines<{ question_id: number; answer: string }>('annotations.jsonl');
  await using model = await loadWithProgress(io, {
    model: 'tiny',
    dtype: 'auto',
    cacheDtype: 'fp32',
    progress: options.progress,
  });
  // The first run also warms caches; its time would not be that of an answer.
  await model.generate({ messages: 'Hello', maxNewTokens: 1 });
  const rows: DemoRow[] = [];
  const overlays: string[] = [];
  for (const id of QUESTION_IDS) {
    const question = questions.find((one) => one.question_id === id)!;
    const expected = annotations.find((one) => one.question_id === id)!.answer;
    const asked = await askAtBudgets(io, model, question, expected, options);
    rows.push(...asked.rows);
    const path = join(folder, `${question.image.replace(/\.\w+$/, '')}-${question.category}.png`);
    await writeWhole(path, asked.overlay);
    overlays.push(path);
  }
  const elapsedMs = performance.now() - started;
  if (options.json) printJson(io, { rows, overlays, elapsedMs });
  else print(io, demoText(rows, overlays, elapsedMs, io.env.AUTOPRUNE_COMMAND ?? 'autoprune'));
}

async function askAtBudgets(
  io: CommandIo,
  model: LlavaModel,
  question: Question,
  expected: string,
  options: DemoOptions,
): Promise<{ rows: DemoRow[]; overlay: Uint8Array }> {
  if (options.progress && !options.json) {
    note(io, `asking ${question.image}: ${question.text.split('\n')[0]}`);
  }
  const picture = join(shapesVqaFolder, 'images', question.image);
  const rows: DemoRow[] = [];
  let overlay: Uint8Array = new Uint8Array(0);
  for (const target of [null, ...TARGETS]) {
    // Prepared anew for every budget, so that every time includes the vision tower.
    const prepared = await model.preparePicture(picture);
    const { trace, ...result } = await model.generate({
      messages: question.text,
      images: [prepared],
      ...(target === null
        ? { method: 'none' }
        : { method: 'autoprune', budget: { kind: 'meanLeaving', value: target } as const }),
      maxNewTokens: 16,
      trace: target === DRAWN,
      signal: io.signal,
    });
    const [shortQuestion = ''] = question.text.split('\n');
    rows.push({
      image: question.image,
      question: shortQuestion,
      expected,
      budget: target,
      result,
    });
    if (!trace) continue;
    overlay = await overlayPng({
      result: { ...result, trace },
      pictures: [prepared],
      question: shortQuestion,
      patchSize: model.files.config.vision.patchSize,
    });
  }
  return { rows, overlay };
}

function demoText(
  rows: readonly DemoRow[],
  overlays: readonly string[],
  elapsedMs: number,
  command: string,
): string {
  const groups = [...new Set(rows.map(({ question }) => question))].map((question) => {
    const own = rows.filter((row) => row.question === question);
    const { image, expected } = own[0]!;
    const table = renderTable({
      headings: [
        'tokens',
        'answer',
        'entering each layer',
        'mean entering',
        'FLOPs',
        '',
        'KV cache',
        'first token',
        'pruning',
      ],
      rows: own.map(({ budget, result }) => [
        budget === null ? 'all 144' : `AutoPrune ${budget}`,
        `${result.answer}${result.answer === expected ? '' : ' ✗'}`,
        sparkline(
          result.layers.map(({ entering }) => entering),
          result.tokens.visual,
        ),
        result.cost.meanEntering.toFixed(1),
        metric(result.cost.flops),
        percent(result.cost.flopsRatio),
        metric(result.cost.kvBytes, 'B'),
        duration(result.timings.firstTokenMs),
        duration(result.timings.pruningMs),
      ]),
    });
    return `${image}  ${question}  (right answer: ${expected})\n\n${table}`;
  });
  return [
    groups.join('\n\n'),
    '',
    'AutoPrune n: n visual tokens leave a layer on average. The model is a toy, so that times are those of a',
    'toy: with a 7B checkpoint nearly all of the time is in the layers, and falls as the FLOPs do.',
    '',
    'What was dropped, drawn:',
    ...overlays.map((path) => `  ${path}`),
    '',
    `Took ${duration(elapsedMs)}. Next, with a picture of your own, or a real checkpoint in the Hugging Face layout:`,
    `  ${command} ask photo.jpg "What is this?" --overlay kept.png`,
    `  ${command} ask photo.jpg "What is this?" --model ./llava-1.5-7b-hf --target-tokens 128`,
    `  ${command} schedule --target-tokens 64`,
  ].join('\n');
}
