import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { readFailures } from '../run/failures.js';
import { ANSWER_FILE, RUN_FILE, readRunIdentity } from '../run/run-folder.js';
import { parseRecords } from '../run/run-records.js';
import { type RunResult, readRunResult } from '../run/run-results.js';
import { readTimings } from '../run/timings.js';
import { meanOrNull } from '../scoring/average.js';
import { type RunName, runName } from './run-name.js';

/** Means over the answers of a run; null where the answerer did not say. */
export interface RunCost {
  readonly meanEntering: number | null;
  readonly meanLeaving: number | null;
  readonly flopsRatio: number | null;
  /** Bytes of the cache after the prefill, over those without pruning. */
  readonly kvRatio: number | null;
  /** Median, milliseconds. */
  readonly firstTokenMs: number | null;
}

/** A finished run as the report shows it. */
export interface ReportedRun extends RunName {
  readonly folder: string;
  readonly modelId: string;
  readonly isUnpruned: boolean;
  /** The part of the benchmark that was answered: `tuning` or `test`; null for one that was not split. */
  readonly split: string | null;
  readonly result: RunResult;
  readonly cost: RunCost;
}

/** Folders below one, itself included, that hold a run. */
async function runFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new AutopruneError('RUN_NOT_FOUND', `${folder}: there is no such folder`, { folder });
  });
  const here = entries.some(({ name }) => name === RUN_FILE) ? [folder] : [];
  const below = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => runFolders(join(folder, name))),
  );
  return [...here, ...below.flat()].sort();
}

const numbers = (values: readonly unknown[]): number[] =>
  values.filter((value) => typeof value === 'number');

function medianOf(values: readonly unknown[]): number | null {
  const known = numbers(values).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? null;
}

async function costOf(folder: string): Promise<RunCost & { modelId: string }> {
  const path = join(folder, ANSWER_FILE);
  const records = [...parseRecords(path, await readFile(path, 'utf8')).values()];
  const meanOf = (name: string): number | null =>
    meanOrNull(numbers(records.map(({ metadata }) => metadata[name])));
  const timings = await readTimings(folder);
  return {
    meanEntering: meanOf('meanEntering'),
    meanLeaving: meanOf('meanLeaving'),
    flopsRatio: meanOf('flopsRatio'),
    kvRatio: meanOf('kvRatio'),
    firstTokenMs: medianOf(timings.map((one) => one.firstTokenMs)),
    modelId: records[0]?.model_id ?? '',
  };
}

async function readRun(folder: string): Promise<ReportedRun> {
  const { configuration } = await readRunIdentity(folder);
  const result = await readRunResult(folder);
  const { modelId, ...cost } = await costOf(folder);
  const name = runName(configuration, folder);
  const { split } = configuration as { readonly split?: { readonly name: string } };
  const isUnpruned = /^none\b/.test(name.label);
  return { folder, ...name, modelId, isUnpruned, split: split?.name ?? null, result, cost };
}

/** A run without a score: unfinished, refused, failed, or answered with `--no-score`. */
export interface UnscoredRun {
  readonly folder: string;
  readonly label: string;
  /** Why its first failed question failed; null where none did. */
  readonly reason: string | null;
}

/** The runs of some folders. */
export interface FoundRuns {
  readonly runs: readonly ReportedRun[];
  readonly unscored: readonly UnscoredRun[];
}

async function readUnscored(folder: string): Promise<UnscoredRun> {
  const { configuration } = await readRunIdentity(folder);
  const { label } = runName(configuration, folder);
  const [failure] = await readFailures(folder);
  return { folder, label, reason: failure?.message ?? null };
}

/**
 * Reads all runs in some folders and below.
 *
 * @throws RUN_NOT_FOUND when there is none that has been scored
 */
export async function readRuns(folders: readonly string[]): Promise<FoundRuns> {
  const found = [...new Set((await Promise.all(folders.map(runFolders))).flat())];
  const runs: ReportedRun[] = [];
  const unscored: UnscoredRun[] = [];
  for (const folder of found) {
    try {
      runs.push(await readRun(folder));
    } catch (error) {
      if (!AutopruneError.isInstance(error, 'RUN_NOT_FOUND')) throw error;
      unscored.push(await readUnscored(folder));
    }
  }
  if (runs.length > 0) return { runs, unscored };
  throw new AutopruneError(
    'RUN_NOT_FOUND',
    `${folders.join(', ')}: holds no finished run; autoprune eval --out makes some`,
    { folders, unscored },
  );
}
