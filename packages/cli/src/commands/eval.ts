import { copyFile } from 'node:fs/promises';
import {
  chooseQuestions,
  hashQuestions,
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
import type { Command } from 'commander';
import { type EvalOptions, evalOptionsCommand } from '../evaluation/eval-options.js';
import { type EvaluationJob, evaluationJobs } from '../evaluation/jobs.js';
import { answererIdentity, openAnswerer } from '../evaluation/open-answerer.js';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import { decidedDtype } from '../options/model-options.js';
import { startProgress } from '../output/progress.js';
import { VERSION } from '../version.js';
import { scoreJson, scoreText } from './score.js';

/** `autoprune eval`: answers benchmarks, resumably, and scores them. */
export function evalCommand(io: CommandIo): Command {
  const command = evalOptionsCommand();
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
  given: EvalOptions,
  maxNewTokens: number | undefined,
): Promise<void> {
  // What auto stands for is part of a run's identity.
  const options =
    given.endpoint === undefined ? { ...given, dtype: await decidedDtype(io, given) } : given;
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
