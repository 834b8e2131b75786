import { AutopruneError } from '@autoprune/core';
import type { Command } from 'commander';
import type { AnsweringOptions } from '../evaluation/answer-settings.js';
import { type EvalOptions, evalOptionsCommand } from '../evaluation/eval-options.js';
import { evaluationJobs } from '../evaluation/jobs.js';
import { answererIdentity, openAnswerer } from '../evaluation/open-answerer.js';
import { type PreparedJob, preambleOf, prepareJob } from '../evaluation/prepare-jobs.js';
import { type FinishedJob, runJob } from '../evaluation/run-job.js';
import { runSweep, sweepText } from '../evaluation/sweep.js';
import { sweepGrid } from '../evaluation/sweep-grid.js';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, print, printJson } from '../io.js';
import { decidedDtype, loadWithProgress } from '../options/model-options.js';
import { scoreJson, scoreText } from './score.js';

/** `autoprune eval`: answers benchmarks, resumably, and scores them. */
export function evalCommand(io: CommandIo): Command {
  const command = evalOptionsCommand();
  return command.action(async (list: string | undefined, given: EvalOptions) => {
    // Benchmarks set their own limit of new tokens unless somebody asks for another.
    const source = command.getOptionValueSource('maxNewTokens');
    const maxNewTokens = source === 'default' ? undefined : given.maxNewTokens;
    // What auto stands for is part of a run's identity; an endpoint decides by itself.
    const dtype = given.endpoint === undefined ? await decidedDtype(io, given) : 'fp32';
    const options = { ...given, dtype };
    if (options.sweep === undefined) await evaluate(io, list, options, maxNewTokens);
    else await sweep(io, list, options, options.sweep, maxNewTokens);
  });
}

async function evaluate(
  io: CommandIo,
  list: string | undefined,
  options: EvalOptions & AnsweringOptions,
  maxNewTokens: number | undefined,
): Promise<void> {
  const preamble = await preambleOf(options);
  const identity = await answererIdentity(options);
  const { split } = options;
  const jobs: PreparedJob[] = [];
  for (const job of await evaluationJobs(list, options)) {
    jobs.push(
      await prepareJob(job, { options, preamble, answerer: identity, maxNewTokens, split }),
    );
  }
  if (options.printConfig) {
    const identities = jobs.map((job) => job.identity);
    return printJson(io, identities);
  }
  await using answerer = await openAnswerer(io, options);
  if (options.printPrompt)
    return print(io, answerer.prompt(jobs[0]?.questions[0]?.text ?? '', preamble));
  const results: object[] = [];
  let failed = 0;
  for (const job of jobs) {
    const finished = await runJob(io, job, answerer, preamble, options);
    failed += finished.outcome.failures.length;
    if (!options.json) print(io, finishedText(job, finished));
    results.push(finishedJson(job, finished));
  }
  if (options.json) printJson(io, results);
  if (failed > 0) process.exitCode = EXIT.failedSamples;
}

async function sweep(
  io: CommandIo,
  list: string | undefined,
  options: EvalOptions & AnsweringOptions,
  text: string,
  maxNewTokens: number | undefined,
): Promise<void> {
  const { endpoint, fleet, split, times } = options;
  if ([endpoint, fleet, split, times].some((one) => one !== undefined)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      '--sweep makes several runs of a model that runs here, on both splits; leave out --endpoint, --fleet, --split and --times',
    );
  }
  const settings = sweepGrid(text);
  const jobs = await evaluationJobs(list, options);
  const preamble = await preambleOf(options);
  await using model = await loadWithProgress(io, options);
  const outcomes = [];
  for (const job of jobs) {
    const outcome = await runSweep(io, model, job, settings, { options, preamble, maxNewTokens });
    if (!options.json) print(io, sweepText(outcome));
    outcomes.push(outcome);
  }
  if (options.json) printJson(io, outcomes);
  const runs = outcomes.flatMap(({ tuning, test }) => [...tuning, test]);
  if (runs.some(({ failures }) => failures > 0)) process.exitCode = EXIT.failedSamples;
}

function finishedText(job: PreparedJob, { outcome, score }: FinishedJob): string {
  const { answered, total, answerFile } = outcome;
  const line = `${job.name}: ${answered} of ${total} answered in ${answerFile}`;
  return score ? `${line}\n${scoreText(score)}` : line;
}

function finishedJson(job: PreparedJob, { outcome, score }: FinishedJob): object {
  const { answerFile, answered, total, failures } = outcome;
  return {
    benchmark: job.name,
    answerFile,
    answered,
    total,
    failures,
    score: score ? scoreJson(score) : null,
  };
}
