import { open, rename, rm } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import type { Benchmark } from '../benchmark.js';
import { openBenchmarkInput, openInput } from '../files/input.js';
import { type JudgeRequest, type JudgeRequestOptions, judgeRequestLine } from './request.js';

/** Which answers to have judged. */
export interface JudgeTask {
  /** A prediction file, or a folder that holds one. */
  readonly predictions: string;
  /** The benchmark's folder or file. */
  readonly data: string;
}

/**
 * What a judge would be asked about answers that have no recorded reply yet.
 *
 * @throws JUDGE_UNUSED when no definition of the benchmark needs a judge
 */
export async function judgeRequests(
  benchmark: Benchmark,
  task: JudgeTask,
): Promise<readonly JudgeRequest[]> {
  if (!benchmark.judgeRequests) {
    throw new AutopruneError(
      'JUDGE_UNUSED',
      `${benchmark.id} is scored by rules alone; it has no requests to a judge`,
      { benchmark: benchmark.id },
    );
  }
  const data = await benchmark.read(await openBenchmarkInput(task.data, benchmark.llavaFolder));
  const answers = await benchmark.readAnswers(await openInput(task.predictions), data);
  return benchmark.judgeRequests(data, answers);
}

/**
 * Writes a request file: JSON Lines in the format of OpenAI's batches. The file appears whole or not at all.
 *
 * @throws DATA_NOT_FOUND for a picture that is not there
 */
export async function writeJudgeRequests(
  path: string,
  requests: readonly JudgeRequest[],
  options: JudgeRequestOptions,
): Promise<void> {
  const unfinished = `${path}.part`;
  const file = await open(unfinished, 'w');
  try {
    for (const request of requests) {
      await file.appendFile(`${JSON.stringify(await judgeRequestLine(request, options))}\n`);
    }
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}
