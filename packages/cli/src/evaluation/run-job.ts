import { copyFile } from 'node:fs/promises';
import {
  type Answerer,
  type BenchmarkScore,
  exportTimings,
  type Preamble,
  parseShard,
  type RunOutcome,
  runQuestions,
  type Shard,
  saveRunResult,
  scoreBenchmark,
} from '@autoprune/eval';
import { type CommandIo, note } from '../io.js';
import { startProgress } from '../output/progress.js';
import type { EvalOptions } from './eval-options.js';
import type { PreparedJob } from './prepare-jobs.js';

const FAILURES_SHOWN = 5;
/** Questions in the queue at a time: enough to keep some machines busy. */
const FLEET_CONCURRENCY = 16;

/** A job that ran, with its score where there is one. */
export interface FinishedJob {
  readonly outcome: RunOutcome;
  readonly score?: BenchmarkScore;
}

function shardOf({ shard, numChunks, chunkIdx }: EvalOptions): Shard | undefined {
  if (shard !== undefined) return parseShard(shard);
  if (numChunks === undefined || numChunks === 1) return undefined;
  return parseShard(`${(chunkIdx ?? 0) + 1}/${numChunks}`);
}

/** Answers the questions of a job and scores them. */
export async function runJob(
  io: CommandIo,
  job: PreparedJob,
  answerer: Answerer,
  preamble: Preamble,
  options: EvalOptions,
): Promise<FinishedJob> {
  const shard = shardOf(options);
  const progress = startProgress(io, options.progress);
  const outcome = await runQuestions({
    ...job,
    answerer,
    preamble,
    modelId: options.model,
    concurrency: options.concurrency ?? (options.fleet === undefined ? 1 : FLEET_CONCURRENCY),
    tries: options.tries,
    signal: io.signal,
    ...(shard && { shard }),
    onProgress: ({ done, total, perSecond }) => {
      const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
      progress.update(`${job.name}: ${done} of ${total}, ${perSecond.toFixed(1)}/s${left}`);
    },
  }).finally(() => progress.end());
  for (const { id, message } of outcome.failures.slice(0, FAILURES_SHOWN)) {
    note(io, `question ${id}: ${message}`);
  }
  if (options.answersFile !== undefined && !options.numChunks) {
    await copyFile(outcome.answerFile, options.answersFile);
  }
  if (options.times !== undefined) {
    const method = options.layerSpecs ?? options.method;
    for (const path of await exportTimings(job.folder, method, options.times)) {
      note(io, `wrote ${path}`);
    }
  }
  const score = shard === undefined && options.score ? await scoreOf(job, outcome) : undefined;
  return { outcome, ...(score && { score }) };
}

async function scoreOf(
  { benchmark, data, folder, questions, pictureFolder, isPart }: PreparedJob,
  { answered, answerFile }: RunOutcome,
): Promise<BenchmarkScore | undefined> {
  if (!benchmark || data === undefined || answered === 0) return undefined;
  const score = await scoreBenchmark(benchmark, {
    predictions: answerFile,
    data,
    ...(isPart && { ids: new Set(questions.map(({ id }) => id)) }),
  });
  await saveRunResult(folder, score, questions, pictureFolder);
  return score;
}
