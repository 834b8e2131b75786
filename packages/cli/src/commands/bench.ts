import os from 'node:os';
import {
  type Dtype,
  decodeBytes,
  estimateMemory,
  type LlavaModel,
  loadSyntheticModel,
  probeMachine,
  SYNTHETIC_MODELS,
  tileTokens,
} from '@autoprune/llava';
import { Command, Option } from 'commander';
import { configurations, defaultTargets } from '../bench/configuration.js';
import { measure } from '../bench/measure.js';
import { type BenchReport, benchText } from '../bench/report.js';
import { workloadOf } from '../bench/workload.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import {
  addModelOptions,
  loadingOptions,
  loadWithProgress,
  type ModelOptions,
} from '../options/model-options.js';
import { listArgument, numberArgument, wholeArgument } from '../options/parse.js';
import { type Progress, startProgress } from '../output/progress.js';
import { requireWritable, writeWhole } from '../output/write-whole.js';
import { VERSION } from '../version.js';

interface BenchOptions extends ModelOptions {
  readonly synthetic?: string;
  readonly methods: readonly string[];
  readonly targetTokens?: readonly string[];
  readonly runs: number;
  readonly textTokens: number;
  readonly newTokens: number;
  readonly output?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

const NOTES = `
A synthetic model has random weights of the true shape, so that what this machine will do is known before a download:
  autoprune bench --synthetic llava-1.5-7b
Its weights are made once and kept in AUTOPRUNE_CACHE (autoprune cache ls shows their size).
Shapes: ${SYNTHETIC_MODELS.join(', ')}.
All configurations are measured in turns; times are medians, with the interval of the middle half behind ratios.`;

/** `autoprune bench`: what a model takes on this machine, unpruned and pruned. */
export function benchCommand(io: CommandIo): Command {
  const command = new Command('bench').description(
    'measure time and memory of a model on this machine, unpruned and pruned',
  );
  addModelOptions(command);
  return command
    .optionsGroup('Measuring:')
    .addOption(
      new Option('--synthetic <shape>', 'random weights of a published shape').conflicts('model'),
    )
    .addOption(
      new Option('--methods <names>', 'methods, with commas between them')
        .argParser(listArgument)
        .default(['autoprune'], 'autoprune'),
    )
    .addOption(
      new Option(
        '--target-tokens <list>',
        'mean tokens leaving a layer, with commas between them (default: 1/3, 2/9 and 1/9 of them; 640,320,160 for pictures in tiles)',
      ).argParser(listArgument),
    )
    .addOption(
      new Option('--runs <n>', 'runs of each, after one to warm up')
        .argParser(wholeArgument(1))
        .default(5),
    )
    .addOption(
      new Option('--text-tokens <n>', 'tokens of the prompt beside the visual ones')
        .argParser(wholeArgument(1))
        .default(60),
    )
    .addOption(
      new Option('--new-tokens <n>', 'tokens to generate').argParser(wholeArgument(1)).default(16),
    )
    .optionsGroup('Output:')
    .option('--output <file.json>', 'write everything that was measured')
    .option('--svg <file.svg>', 'plot the time to the first token')
    .option('--json', 'print the JSON instead of tables')
    .addHelpText('after', NOTES)
    .action((options: BenchOptions) => bench(io, options));
}

async function bench(io: CommandIo, options: BenchOptions): Promise<void> {
  for (const file of [options.output, options.svg]) if (file) await requireWritable(file);
  const targets = options.targetTokens?.map(numberArgument);
  // What can be refused is refused before the model is loaded.
  configurations(options.methods, targets ?? []);
  await using model = await load(io, options);
  const report = await measured(io, model, targets, options);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.output) await writeWhole(options.output, json);
  if (options.svg) {
    const { benchPlot } = await import('../bench/plot.js');
    await writeWhole(options.svg, await benchPlot(report));
  }
  if (options.json) printJson(io, report);
  else print(io, benchText(report));
  for (const file of [options.output, options.svg]) if (file) note(io, `written: ${file}`);
}

async function withProgress<T>(
  io: CommandIo,
  options: BenchOptions,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(io, options.progress);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

function probe(io: CommandIo, options: BenchOptions): Promise<BenchReport['roofline']> {
  return withProgress(io, options, (progress) => {
    progress.update('Finding what this machine can do at most');
    return probeMachine({ threads: options.threads, signal: io.signal });
  });
}

function load(io: CommandIo, options: BenchOptions): Promise<LlavaModel> {
  const { synthetic } = options;
  if (synthetic === undefined) return loadWithProgress(io, options);
  return withProgress(io, options, (progress) =>
    loadSyntheticModel(synthetic, loadingOptions(io, options, synthetic, progress)),
  );
}

async function measured(
  io: CommandIo,
  model: LlavaModel,
  targets: readonly number[] | undefined,
  options: BenchOptions,
): Promise<BenchReport> {
  const { config } = model.files;
  const wanted = configurations(
    options.methods,
    targets ?? defaultTargets(tileTokens(config.vision), config.tiling !== undefined),
  );
  const workload = workloadOf(model, options.textTokens, options.newTokens);
  const results = await withProgress(io, options, (progress) =>
    measure(model, wanted, workload, {
      runs: options.runs,
      signal: io.signal,
      onRun: (round, label) =>
        progress.update(
          round === 0 ? `Warming up: ${label}` : `Run ${round} of ${options.runs}: ${label}`,
        ),
    }),
  );
  // Before the probe, whose matrices are no part of the model.
  const peak = 1024 * process.resourceUsage().maxRSS;
  const roofline = await probe(io, options);
  const dtype = model.info.dtype as Dtype;
  const { cacheDtype } = model.info;
  const { visualTokens, textTokens } = results[0]!;
  return {
    model: model.info.id,
    family: model.info.family,
    dtype,
    cacheDtype,
    threads: roofline.threads,
    textTokens,
    visualTokens,
    newTokens: options.newTokens,
    runs: options.runs,
    loadMs: model.info.loadMs,
    machine: {
      processor: os.cpus()[0]?.model.trim() ?? 'unknown',
      memoryBytes: os.totalmem(),
      system: `${os.platform()} ${os.release()} ${os.arch()}`,
      node: process.versions.node,
      version: VERSION,
    },
    roofline,
    memory: {
      peak,
      estimate: estimateMemory(config, dtype, visualTokens + textTokens, cacheDtype).peak,
    },
    decodeWeightBytes: decodeBytes(config, dtype),
    results,
  };
}
