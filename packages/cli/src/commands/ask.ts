import { AutopruneError } from '@autoprune/core';
import type { GenerationResult, LlavaModel, PreparedPicture } from '@autoprune/llava';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import { addConfigOption } from '../options/config-file.js';
import { addModelOptions, loadWithProgress, type ModelOptions } from '../options/model-options.js';
import { pruningChoice } from '../options/pruning-choice.js';
import { addPruningOptions } from '../options/pruning-options.js';
import {
  addQuestionOptions,
  generateOptions,
  type QuestionOptions,
} from '../options/question-options.js';
import { costLine } from '../output/cost-line.js';
import { resultJson, traceJson } from '../output/result-json.js';
import { requireWritable, writeWhole } from '../output/write-whole.js';
import { readPictures } from '../picture-arguments.js';

interface AskOptions extends ModelOptions, QuestionOptions {
  readonly trace?: string;
  readonly overlay?: string;
  readonly json?: boolean;
}

/** `autoprune ask`: one question about some pictures. */
export function askCommand(io: CommandIo): Command {
  const command = new Command('ask')
    .description('ask a question about one or several pictures, or about none')
    .usage('[options] <picture>… <question>')
    .argument('<inputs...>', 'pictures (- for standard input), then the question');
  addConfigOption(command);
  addModelOptions(command);
  addPruningOptions(command);
  addQuestionOptions(command);
  return command
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object instead of the text')
    .option('--trace <file>', 'write the JSON object with logits and kept rows to a file')
    .option('--overlay <file.png>', 'draw the pictures with what was kept')
    .action((inputs: string[], options: AskOptions) => ask(io, inputs, options));
}

async function ask(io: CommandIo, inputs: string[], options: AskOptions): Promise<void> {
  const question = inputs.at(-1)!;
  const paths = inputs.slice(0, -1);
  if (options.overlay && paths.length === 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      '--overlay needs a picture; give one before the question',
    );
  }
  // What can be refused is refused before the model is loaded.
  pruningChoice(options);
  for (const file of [options.trace, options.overlay]) if (file) await requireWritable(file);
  await using model = await loadWithProgress(io, options);
  const images = await readPictures(io, model, paths, options);
  const generation = model.generate({
    ...(await generateOptions(model, options)),
    messages: question,
    images,
    trace: options.trace !== undefined || options.overlay !== undefined,
    signal: io.signal,
    onAbort: 'keep',
  });
  let streamed = false;
  for await (const part of generation) {
    if (part.type !== 'text-delta' || options.json) continue;
    io.stdout.write(part.text);
    streamed = true;
  }
  const result = await generation;
  if (streamed) print(io, '');
  if (options.json) printJson(io, resultJson(result));
  else note(io, costLine(result));
  await writeFiles(io, model, result, images, question, options);
  if (result.finishReason === 'aborted') process.exitCode = EXIT.interrupted;
}

async function writeFiles(
  io: CommandIo,
  model: LlavaModel,
  result: GenerationResult,
  pictures: readonly PreparedPicture[],
  question: string,
  { trace, overlay }: AskOptions,
): Promise<void> {
  if (trace) await writeWhole(trace, `${JSON.stringify(traceJson(result))}\n`);
  if (!overlay) return;
  const { overlayPng, overlaySvg } = await import('@autoprune/llava/overlay');
  const { patchSize } = model.files.config.vision;
  const drawing = { result, pictures, question, patchSize };
  const svg = overlay.toLowerCase().endsWith('.svg');
  await writeWhole(overlay, svg ? await overlaySvg(drawing) : await overlayPng(drawing));
  note(io, `overlay: ${overlay}`);
}
