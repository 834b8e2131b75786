import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { lockFile } from './lock-file.js';
import { ANSWER_FILE, listShards, readRunIdentity, writeWhole } from './run-folder.js';
import { parseRecords, type RunRecord, recordLine } from './run-records.js';

/** What a merge found. */
export interface MergeOutcome {
  readonly answerFile: string;
  readonly answers: number;
  /** Shards that are not there, as `i/n`. */
  readonly missingShards: readonly string[];
  /** Answers that the run should have and that no shard holds. */
  readonly missingAnswers: number;
}

/**
 * Joins the answer files of shards in their order to `answers.jsonl`, which then equals that of a single run.
 *
 * @throws RUN_BUSY when a process is writing `answers.jsonl`
 * @throws RUN_NOT_FOUND, or SHARDS_INVALID when shards of different divisions are mixed or there are none
 */
export async function mergeShards(folder: string): Promise<MergeOutcome> {
  const { configuration } = await readRunIdentity(folder);
  const shards = await listShards(folder);
  const counts = new Set(shards.map(({ shard }) => shard.count));
  const [count] = counts;
  if (count === undefined || counts.size > 1) {
    throw new AutopruneError(
      'SHARDS_INVALID',
      count === undefined
        ? `${folder}: holds no answer files of shards (answers.<i>-of-<n>.jsonl)`
        : `${folder}: holds shards of different divisions (${[...counts].join(', ')} parts); keep those of one`,
      { folder, counts: [...counts] },
    );
  }
  const records = new Map<string, RunRecord>();
  for (const { path } of shards) {
    for (const [key, record] of parseRecords(path, await readFile(path, 'utf8'))) {
      if (!records.has(key)) records.set(key, record);
    }
  }
  const there = new Set(shards.map(({ shard }) => shard.index));
  const missingShards = Array.from({ length: count }, (_, at) => at + 1)
    .filter((index) => !there.has(index))
    .map((index) => `${index}/${count}`);
  const answerFile = join(folder, ANSWER_FILE);
  await using _lock = await lockFile(answerFile);
  await writeWhole(answerFile, [...records.values()].map(recordLine).join(''));
  const wanted = Number(configuration.questionCount ?? records.size);
  return {
    answerFile,
    answers: records.size,
    missingShards,
    missingAnswers: Math.max(wanted - records.size, 0),
  };
}
