import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Method, parseBudget } from '@autoprune/core';
import { parseMethods } from '@autoprune/core/compose';
import { Command, Option } from 'commander';
import {
  comparisonCells,
  comparisonCsv,
  comparisonLatex,
  comparisonMarkdown,
  refusals,
} from '../compare/comparison-tables.js';
import { paretoPlot } from '../compare/pareto-plot.js';
import { readQuestions } from '../compare/read-questions.js';
import { reportHtml } from '../compare/report-html.js';
import { type Comparison, runComparison } from '../compare/run-comparison.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import { addConfigOption } from '../options/config-file.js';
import { loadMethodModules } from '../options/method-modules.js';
import { addModelOptions, loadWithProgress, type ModelOptions } from '../options/model-options.js';
import { wholeArgument } from '../options/parse.js';
import { renderTable } from '../output/table.js';
import { plotPng } from '../output/vega-plot.js';
import { writeWhole } from '../output/write-whole.js';

interface CompareOptions extends ModelOptions {
  readonly methods: string;
  readonly budget: string;
  readonly reference?: boolean;
  readonly seed: number;
  readonly limit: number;
  readonly maxNewTokens: number;
  readonly out?: string;
  readonly json?: boolean;
}

const METHODS = 'autoprune,visionzip,fastervlm,divprune,fastv,sparsevlm,pyramiddrop,random';

/** `autoprune compare`: many methods on the same questions, at one budget. */
export function compareCommand(io: CommandIo): Command {
  const command = new Command('compare')
    .description('ask the same of several methods at one budget: answers, agreement, cost, times')
    .usage('[options] <picture> <question> | <folder>')
    .argument('<inputs...>', 'a picture and a question, or a folder with questions.jsonl');
  addConfigOption(command);
  addModelOptions(command);
  return command
    .optionsGroup('Comparison:')
    .addOption(
      new Option(
        '--methods <a,b,c>',
        'methods, compositions (visionzip+fastv) or .mjs files; none comes first by itself',
      ).default(METHODS),
    )
    .addOption(
      new Option(
        '--budget <kind=value>',
        'budget of all of them; methods that cannot be asked for it run on their own numbers',
      ).default('flops=0.5'),
    )
    .option('--reference', 'do what the published scripts do')
    .addOption(
      new Option('--seed <n>', 'seed of everything random').argParser(wholeArgument(0)).default(0),
    )
    .addOption(
      new Option('--limit <n>', 'most questions of a folder')
        .argParser(wholeArgument(1))
        .default(50),
    )
    .addOption(
      new Option('--max-new-tokens <n>', 'most tokens of an answer')
        .argParser(wholeArgument(1))
        .default(32),
    )
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object instead of the table')
    .option(
      '--out <folder>',
      'write report.html, pareto.svg and .png, overlays and the table as md, tex, csv',
    )
    .action((inputs: string[], options: CompareOptions) => compare(io, inputs, options));
}

/** The methods of `--methods`, with `none` before them. */
async function methodsOf(text: string): Promise<readonly Method[]> {
  const names = text.split(',').map((name) => name.trim());
  const loaded: string[] = [];
  for (const name of ['none', ...names]) loaded.push(await loadMethodModules(name));
  return [...new Set(loaded)].map(parseMethods);
}

async function compare(
  io: CommandIo,
  inputs: readonly string[],
  options: CompareOptions,
): Promise<void> {
  const { out, reference = false, seed, maxNewTokens, limit } = options;
  // What can be refused is refused before the model is loaded.
  const methods = await methodsOf(options.methods);
  const budget = parseBudget(options.budget);
  const questions = await readQuestions(inputs, limit);
  await using model = await loadWithProgress(io, options);
  const overlays = new Map<string, Uint8Array>();
  const { patchSize } = model.files.config.vision;
  const { overlayPng } = await import('@autoprune/llava/overlay');
  // The first run warms caches; its times would be those of no method.
  await model.generate({ messages: 'Hello', maxNewTokens: 1 });
  const comparison = await runComparison(model, questions, {
    methods,
    budget,
    reference,
    seed,
    maxNewTokens,
    signal: io.signal,
    onAnswer: async (method, result, picture, index) => {
      if (!out || index > 0) return;
      const question = questions[0]!.text;
      overlays.set(method, await overlayPng({ result, pictures: [picture], question, patchSize }));
    },
  });
  if (options.json) printJson(io, comparison);
  else print(io, [renderTable(comparisonCells(comparison)), ...refusals(comparison)].join('\n'));
  if (out) await writeReport(io, out, comparison, overlays);
}

async function writeReport(
  io: CommandIo,
  folder: string,
  comparison: Comparison,
  overlays: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const plot = await paretoPlot(comparison);
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'comparison.json': `${JSON.stringify(comparison, null, 2)}\n`,
    'table.md': comparisonMarkdown(comparison),
    'table.tex': comparisonLatex(comparison),
    'table.csv': comparisonCsv(comparison),
    'pareto.svg': plot,
    'pareto.png': await plotPng(plot),
    'report.html': reportHtml(comparison, plot, overlays),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeWhole(join(folder, name), content);
  }
  note(io, `report: ${join(folder, 'report.html')}`);
}
