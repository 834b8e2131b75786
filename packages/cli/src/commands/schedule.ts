import {
  AutopruneError,
  type Budget,
  type DecoderGeometry,
  fitReferenceSchedule,
  fitSchedule,
  parseBudget,
  type Schedule,
  slopeOf,
} from '@autoprune/core';
import { Command, Option } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { numberArgument, wholeArgument } from '../options/parse.js';
import { addCurveOptions } from '../options/pruning-options.js';
import { scheduleTable } from '../output/schedule-table.js';
import { writeWhole } from '../output/write-whole.js';

interface ScheduleOptions {
  readonly targetTokens?: number;
  readonly budget?: string;
  readonly visualTokens: number;
  readonly layers: number;
  readonly complexity?: number;
  readonly slope?: number;
  readonly x0?: number;
  readonly k0?: number;
  readonly gamma?: number;
  readonly cappedTokens?: number;
  readonly textTokens: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly reference?: boolean;
  readonly json?: boolean;
  readonly svg?: string;
}

/** A number that may be infinite or not a number: the published search accepts those. */
const anyNumber = (value: string): number => {
  if (['NaN', 'Infinity', '-Infinity'].includes(value)) return Number(value);
  return numberArgument(value);
};

/** `autoprune schedule`: how many tokens each layer keeps, without a model. */
export function scheduleCommand(io: CommandIo): Command {
  const whole = (flag: string, description: string, value: number) =>
    new Option(flag, description).argParser(wholeArgument(1)).default(value);
  const command = new Command('schedule')
    .description('fit the retention curve to a budget and show the tokens of each layer')
    .optionsGroup('Budget:')
    .addOption(
      new Option(
        '--target-tokens <n>',
        'mean of the visual tokens leaving a layer (default: 2/9 of them; 64 with --reference)',
      )
        .argParser(anyNumber)
        .conflicts('budget'),
    )
    .option('--budget <kind=value>', 'meanLeaving=N, meanEntering=N or flops=R')
    .addOption(whole('--visual-tokens <n>', 'visual tokens entering layer 0', 576))
    .addOption(
      new Option(
        '--capped-tokens <n>',
        'tokens after the first cut (default: 2.5 × the target)',
      ).argParser(anyNumber),
    )
    .optionsGroup('Curve:')
    .addOption(
      new Option('--complexity <bits>', 'mutual information over 32 heads (default: 1)')
        .argParser(anyNumber)
        .conflicts('slope'),
    )
    .addOption(
      new Option('--slope <k>', 'slope of the curve, instead of a complexity').argParser(anyNumber),
    );
  addCurveOptions(command);
  return command
    .option('--reference', "the published search, bit for bit, for the published code's geometry")
    .optionsGroup('Decoder:')
    .addOption(whole('--layers <n>', 'decoder layers', 32))
    .addOption(whole('--heads <n>', 'query heads', 32))
    .addOption(whole('--kv-heads <n>', 'key/value heads', 32))
    .addOption(whole('--hidden <n>', 'width of the decoder', 4096))
    .addOption(whole('--intermediate <n>', 'width of the MLP', 11008))
    .addOption(
      new Option('--text-tokens <n>', 'prompt tokens that are not visual')
        .argParser(wholeArgument(0))
        .default(60),
    )
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object')
    .option('--svg <file.svg>', 'plot the curve')
    .action((options: ScheduleOptions) => schedule(io, options));
}

function geometryOf(options: ScheduleOptions): DecoderGeometry {
  return {
    layers: options.layers,
    heads: options.heads,
    keyValueHeads: options.kvHeads,
    hiddenSize: options.hidden,
    intermediateSize: options.intermediate,
  };
}

function budgetOf({ targetTokens, budget }: ScheduleOptions): Budget | undefined {
  if (budget !== undefined) return parseBudget(budget);
  return targetTokens === undefined ? undefined : { kind: 'meanLeaving', value: targetTokens };
}

/** What is printed; null where the published model fails, which its search does not notice. */
type PrintedSchedule = Pick<
  Schedule,
  'slope' | 'scale' | 'keepShare' | 'meanEntering' | 'meanLeaving' | 'flopsRatio'
> &
  Partial<Pick<Schedule, 'budget' | 'keep' | 'merged' | 'entering' | 'leaving'>>;

function fittedSchedule(options: ScheduleOptions): PrintedSchedule | { readonly failed: object } {
  const { slope, complexity, x0, k0, gamma, cappedTokens, reference = false } = options;
  const curve = { x0, k0, gamma, cappedTokens };
  const budget = budgetOf(options);
  const fittedSlope = slope ?? slopeOf(complexity ?? 1, curve);
  const common = { visualTokens: options.visualTokens, slope: fittedSlope, ...curve };
  if (reference && budget?.kind === 'meanLeaving') {
    const published = fitReferenceSchedule({
      layers: options.layers,
      targetTokens: budget.value!,
      ...common,
    });
    if (!published.runtime) {
      return {
        failed: {
          slope: fittedSlope,
          scale: published.scale,
          keepShare: [...published.keepShare],
          entering: null,
          leaving: null,
          meanEntering: null,
          meanLeaving: null,
          flopsRatio: null,
        },
      };
    }
  }
  return fitSchedule({
    ...common,
    geometry: geometryOf(options),
    textTokens: options.textTokens,
    budget,
    reference,
  });
}

async function schedule(io: CommandIo, options: ScheduleOptions): Promise<void> {
  if (options.cappedTokens !== undefined && !Number.isInteger(options.cappedTokens)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `--capped-tokens ${options.cappedTokens} is not a whole number`,
    );
  }
  const fitted = fittedSchedule(options);
  if ('failed' in fitted) {
    note(
      io,
      'The published model fails here: its first cut would keep a negative number of tokens.',
    );
    printJson(io, fitted.failed);
    return;
  }
  if (options.svg) {
    const { schedulePlot } = await import('../output/schedule-plot.js');
    await writeWhole(options.svg, await schedulePlot(fitted as Schedule));
    note(io, `plot: ${options.svg}`);
  }
  if (options.json) printJson(io, fitted);
  else print(io, scheduleTable(fitted as Schedule));
}
