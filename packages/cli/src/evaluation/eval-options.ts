import type { SplitName } from '@autoprune/eval';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addConfigOption } from '../options/config-file.js';
import { addModelOptions, type ModelOptions } from '../options/model-options.js';
import { numberArgument, wholeArgument } from '../options/parse.js';
import { addPruningOptions } from '../options/pruning-options.js';
import { addQuestionOptions, type QuestionOptions } from '../options/question-options.js';
import type { JobOptions } from './jobs.js';

/** Options of `autoprune eval`. */
export interface EvalOptions extends ModelOptions, QuestionOptions, JobOptions {
  readonly limit?: number;
  readonly ids?: string;
  readonly system?: string;
  readonly examples?: string;
  readonly split?: SplitName;
  readonly tuningShare: number;
  readonly sweep?: string;
  readonly times?: string;
  readonly shard?: string;
  readonly numChunks?: number;
  readonly chunkIdx?: number;
  readonly endpoint?: string;
  readonly apiKeyEnv: string;
  readonly fleet?: string;
  readonly concurrency?: number;
  readonly tries: number;
  readonly score: boolean;
  readonly printConfig?: boolean;
  readonly printPrompt?: boolean;
  readonly json?: boolean;
}

/** Reads a share that leaves something on both sides, for commander. */
function shareArgument(value: string): number {
  const share = numberArgument(value);
  if (share <= 0 || share >= 1) throw new InvalidArgumentError(`${value} is not between 0 and 1.`);
  return share;
}

/** The command with its options, without an action. */
export function evalOptionsCommand(): Command {
  const command = new Command('eval')
    .description('answer the questions of benchmarks, with any method, and score the answers')
    .argument('[benchmarks]', 'comma list of ids, groups and specifications of your own (.json)')
    .option('--data <path>', "the benchmark's folder, or playground/data/eval of LLaVA")
    .option('--out <folder>', 'where answers go; a run that is there goes on')
    .addOption(
      new Option('--limit <n>', 'first n questions, or this share').argParser(numberArgument),
    )
    .option('--ids <list>', 'comma list of question ids')
    .addOption(
      new Option('--split <name>', 'answer one of the two parts that --sweep uses').choices([
        'tuning',
        'test',
      ]),
    )
    .addOption(
      new Option('--tuning-share <r>', 'share of the question ids that are for tuning')
        .argParser(shareArgument)
        .default(0.2),
    )
    .option(
      '--sweep <grid>',
      'try settings (x0=12/14.9,k0=0.3/0.4,gamma=0.2) on the tuning split and judge the best on the test split',
    )
    .option('--times <folder>', "write pruning and prefill times there, in UniPruneBench's files")
    .option('--shard <i/n>', 'answer part i of n; see merge')
    .option('--system <text>', 'system text before every question')
    .option(
      '--examples <file>',
      'worked questions (few-shot) before every one: question, answer, images',
    )
    .option('--no-score', 'only answer')
    .option('--print-config', 'print what makes up the identity of the run, and stop')
    .option('--print-prompt', 'print the first prompt as the model gets it, and stop')
    .option('--json', 'print one JSON array')
    .optionsGroup('LLaVA question file:')
    .option('--question-file <file>', 'JSON Lines with question_id, image, text')
    .option('--image-folder <folder>', 'pictures of the question file')
    .option('--answers-file <file>', 'answer file to write')
    .addOption(new Option('--num-chunks <n>', 'as --shard').argParser(wholeArgument(1)))
    .addOption(new Option('--chunk-idx <k>', 'chunk, from 0').argParser(wholeArgument(0)))
    .optionsGroup('Endpoint and fleet:')
    .addOption(
      new Option(
        '--endpoint <url>',
        'OpenAI-compatible address (…/v1) that answers instead of a model',
      ).conflicts('fleet'),
    )
    .option(
      '--fleet <redis>',
      'Redis (redis://host:port) whose workers answer instead of this process; see @autoprune/server',
    )
    .option('--api-key-env <name>', 'environment variable with its key', 'OPENAI_API_KEY')
    .addOption(
      new Option(
        '--concurrency <n>',
        'questions at a time (default: 1, of a fleet 16); a mixed model writes their answers together',
      ).argParser(wholeArgument(1)),
    )
    .addOption(
      new Option('--tries <n>', 'tries of a question').argParser(wholeArgument(1)).default(2),
    );
  addConfigOption(command);
  addModelOptions(command);
  addPruningOptions(command);
  addQuestionOptions(command);
  return command;
}
