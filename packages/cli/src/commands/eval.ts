import { copyFile } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import {
  type Answerer,
  type AnswerMessage,
  chooseQuestions,
  conversationOf,
  hashQuestions,
  openAiAnswerer,
  type Preamble,
  parseShard,
  type Question,
  type RunOutcome,
  readExamples,
  runIdentity,
  runQuestions,
  saveRunResult,
  scoreBenchmark,
} from '@autoprune/eval';
import { resolveModel } from '@autoprune/llava';
import { Command, Option } from 'commander';
import { type EvaluationJob, evaluationJobs, type JobOptions } from '../evaluation/jobs.js';
import { checkpointRevision, modelAnswerer } from '../evaluation/model-answerer.js';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import { addModelOptions, loadWithProgress, type ModelOptions } from '../options/model-options.js';
import { numberArgument, wholeArgument } from '../options/parse.js';
import { addPruningOptions, pruningChoice } from '../options/pruning-options.js';
import {
  addQuestionOptions,
  generateOptions,
  type QuestionOptions,
} from '../options/question-options.js';
import { startProgress } from '../output/progress.js';
import { VERSION } from '../version.js';
import { scoreJson, scoreText } from './score.js';

interface EvalOptions extends ModelOptions, QuestionOptions, JobOptions {
  readonly limit?: number;
  readonly ids?: string;
  readonly system?: string;
  readonly examples?: string;
  readonly shard?: string;
  readonly numChunks?: number;
  readonly chunkIdx?: number;
  readonly endpoint?: string;
  readonly apiKeyEnv: string;
  readonly concurrency: number;
  readonly tries: number;
  readonly score: boolean;
  readonly printConfig?: boolean;
  readonly printPrompt?: boolean;
  readonly json?: boolean;
}

/** `autoprune eval`: answers benchmarks, resumably, and scores them. */
export function evalCommand(io: CommandIo): Command {
  const command = new Command('eval')
    .description('answer the questions of benchmarks, with any method, and score the answers')
    .argument('[benchmarks]', 'comma list of ids, groups and specifications of your own (.json)')
    .option('--data <path>', "the benchmark's folder, or playground/data/eval of LLaVA")
    .option('--out <folder>', 'where answers go; a run that is there goes on')
    .addOption(
      new Option('--limit <n>', 'first n questions, or this share').argParser(numberArgument),
    )
    .option('--ids <list>', 'comma list of question ids')
    .option('--shard <i/n>', 'answer part i of n; see merge')
    .option('--system <text>', 'system text before every question')
    .option('--examples <file>', 'worked questions before every one: question, answer, images')
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
    .optionsGroup('Endpoint:')
    .option('--endpoint <url>', 'OpenAI-compatible address (…/v1) that answers instead of a model')
    .option('--api-key-env <name>', 'environment variable with its key', 'OPENAI_API_KEY')
    .addOption(
      new Option('--concurrency <n>', 'questions at a time').argParser(wholeArgument(1)).default(1),
    )
    .addOption(
      new Option('--tries <n>', 'tries of a question').argParser(wholeArgument(1)).default(2),
    );
  addModelOptions(command);
  addPruningOptions(command);
  addQuestionOptions(command);
  return command.action(async (list: string | undefined, options: EvalOptions) => {
    // Benchmarks set their own limit of new tokens unless somebody asks for another.
    const source = command.getOptionValueSource('maxNewTokens');
    await evaluate(io, list, options, source === 'default' ? undefined : options.maxNewTokens);
  });
}

/** The questions of a job that this run answers. */
function questionsOf(
  job: EvaluationJob,
  { limit, ids }: EvalOptions,
  maxNewTokens: number | undefined,
): readonly Question[] {
  const chosen = chooseQuestions(job.questions, {
    ...(limit === undefined ? {} : { limit }),
    ...(ids === undefined ? {} : { ids: ids.split(',') }),
  });
  return maxNewTokens === undefined ? chosen : chosen.map((one) => ({ ...one, maxNewTokens }));
}

function shardOf({ shard, numChunks, chunkIdx }: EvalOptions) {
  if (shard !== undefined) return parseShard(shard);
  if (numChunks === undefined || numChunks === 1) return undefined;
  return parseShard(`${(chunkIdx ?? 0) + 1}/${numChunks}`);
}

/** What stands before every question. */
async function preambleOf({ system, examples }: EvalOptions): Promise<Preamble> {
  return {
    ...(system === undefined ? {} : { system }),
    ...(examples === undefined ? {} : { examples: await readExamples(examples) }),
  };
}

/** Who answers, as it enters the identity of a run. */
async function answererIdentity(options: EvalOptions): Promise<object> {
  const { template, imageMode, temperature, topP, topK, stop = [] } = options;
  const generation = { temperature, topP, topK, stop };
  if (options.endpoint !== undefined) {
    return { endpoint: options.endpoint, model: options.model, generation };
  }
  const { id, folder } = await resolveModel(options.model);
  const model = { id, revision: await checkpointRevision(folder), dtype: options.dtype };
  return { model, pruning: pruningChoice(options), template, imageMode, generation };
}

function identityOf(job: EvaluationJob, questions: readonly Question[], answerer: object) {
  return runIdentity({
    benchmark: job.name,
    questions: hashQuestions(questions),
    questionCount: questions.length,
    maxNewTokens: [...new Set(questions.map(({ maxNewTokens }) => maxNewTokens))],
    version: VERSION,
    ...answerer,
  });
}

async function evaluate(
  io: CommandIo,
  list: string | undefined,
  options: EvalOptions,
  maxNewTokens: number | undefined,
): Promise<void> {
  const shard = shardOf(options);
  const preamble = await preambleOf(options);
  const who = { ...(await answererIdentity(options)), preamble };
  const jobs = (await evaluationJobs(list, options)).map((job) => {
    const questions = questionsOf(job, options, maxNewTokens);
    return {
      ...job,
      questions,
      identity: identityOf(job, questions, who),
      isPart: questions.length < job.questions.length,
    };
  });
  if (options.printConfig)
    return printJson(
      io,
      jobs.map(({ identity }) => identity),
    );
  await using answerer = await openAnswerer(io, options);
  if (options.printPrompt)
    return print(io, answerer.prompt(jobs[0]?.questions[0]?.text ?? '', preamble));
  const results: object[] = [];
  let failed = 0;
  for (const job of jobs) {
    const progress = startProgress(io, options.progress);
    const outcome = await runQuestions({
      ...job,
      answerer,
      preamble,
      modelId: options.model,
      concurrency: options.concurrency,
      tries: options.tries,
      signal: io.signal,
      ...(shard && { shard }),
      onProgress: ({ done, total, perSecond }) => {
        const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
        progress.update(`${job.name}: ${done} of ${total}, ${perSecond.toFixed(1)}/s${left}`);
      },
    }).finally(() => progress.end());
    failed += outcome.failures.length;
    for (const { id, message } of outcome.failures.slice(0, 5))
      note(io, `question ${id}: ${message}`);
    results.push(await finish(io, job, outcome, options));
  }
  if (options.json) printJson(io, results);
  if (failed > 0) process.exitCode = EXIT.failedSamples;
}

/** Scores what a run answered, and says where it is. */
async function finish(
  io: CommandIo,
  job: EvaluationJob & { readonly isPart: boolean },
  outcome: RunOutcome,
  options: EvalOptions,
): Promise<object> {
  const { answerFile, answered, total, failures } = outcome;
  const summary = { benchmark: job.name, answerFile, answered, total, failures };
  if (!options.json) print(io, `${job.name}: ${answered} of ${total} answered in ${answerFile}`);
  if (options.answersFile !== undefined && !options.numChunks) {
    await copyFile(answerFile, options.answersFile);
  }
  const { benchmark, data } = job;
  const isWhole = options.shard === undefined && !options.numChunks;
  if (!benchmark || data === undefined || !options.score || !isWhole || answered === 0) {
    return { ...summary, score: null };
  }
  const score = await scoreBenchmark(benchmark, {
    predictions: answerFile,
    data,
    ...(job.isPart && { ids: new Set(job.questions.map(({ id }) => id)) }),
  });
  await saveRunResult(job.folder, score, job.questions, job.pictureFolder);
  if (!options.json) print(io, scoreText(score));
  return { ...summary, score: scoreJson(score) };
}

/** An answerer that can be closed, and shows what it is asked. */
type OpenAnswerer = Answerer &
  AsyncDisposable & { prompt(question: string, preamble: Preamble): string };

async function openAnswerer(io: CommandIo, options: EvalOptions): Promise<OpenAnswerer> {
  if (options.endpoint !== undefined) {
    const apiKey = io.env[options.apiKeyEnv];
    const { endpoint: baseUrl, model, temperature } = options;
    const answerer = openAiAnswerer({ baseUrl, model, temperature, ...(apiKey && { apiKey }) });
    return { ...answerer, prompt: (text) => text, [Symbol.asyncDispose]: async () => {} };
  }
  if (options.model === '') {
    throw new AutopruneError('ARGUMENT_INVALID', '--model is empty; name a model');
  }
  const model = await loadWithProgress(io, options);
  const { template = model.template } = await generateOptions(model, options);
  return {
    ...(await modelAnswerer(model, options)),
    prompt: (text, preamble) => {
      // One picture stands for those of the question.
      const { messages } = conversationOf(text, [''], preamble);
      const alone: AnswerMessage[] = [
        { role: 'user', content: [{ type: 'image' }, { type: 'text', text }] },
      ];
      return template.render(typeof messages === 'string' ? alone : messages);
    },
    [Symbol.asyncDispose]: () => model.release(),
  };
}
