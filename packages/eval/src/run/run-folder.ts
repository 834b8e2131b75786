import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { Shard } from './choose-questions.js';
import { type RunIdentity, requireSameRun } from './identity.js';

/** Names inside the folder of a run. */
export const RUN_FILE = 'run.json';
export const ANSWER_FILE = 'answers.jsonl';
export const RESULT_FILE = 'result.json';
export const TIMINGS_FILE = 'timings.jsonl';
export const FAILURES_FILE = 'failures.jsonl';

/** The answer file of one shard. */
export function shardFile({ index, count }: Shard): string {
  return `answers.${index}-of-${count}.jsonl`;
}

const SHARD_PATTERN = /^answers\.(\d+)-of-(\d+)\.jsonl$/;

/** The answer files of shards in a folder, in shard order. */
export async function listShards(folder: string): Promise<{ shard: Shard; path: string }[]> {
  const found = (await readdir(folder)).flatMap((name) => {
    const match = SHARD_PATTERN.exec(name);
    if (!match) return [];
    return [
      { shard: { index: Number(match[1]), count: Number(match[2]) }, path: join(folder, name) },
    ];
  });
  return found.sort((a, b) => a.shard.index - b.shard.index);
}

/** Writes a file whole: under a temporary name, then renamed. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a JSON file that a run has written into its folder.
 *
 * @param absent  what it means that the file is not there, to end the message
 * @throws RUN_NOT_FOUND naming the folder where it is not there
 * @throws DATA_INVALID naming the file and the field of one that was damaged
 */
export async function readRunFile<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  absent: string,
): Promise<T> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new AutopruneError('RUN_NOT_FOUND', `${folder}: holds no ${name}${absent}`, { folder });
  }
  const damaged = (problem: string, cause?: unknown): AutopruneError =>
    new AutopruneError(
      'DATA_INVALID',
      `${path}: ${problem}; the file was damaged, remove ${folder} and run again`,
      { path },
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(`is not JSON (${(cause as Error).message})`, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw damaged(`field ${issue.path.join('.') || 'at the top'}: ${issue.message}`);
}

const identitySchema: z.ZodType<RunIdentity> = z.object({
  hash: z.string(),
  configuration: z.record(z.string(), z.unknown()),
});

/**
 * The identity that a folder's run has.
 *
 * @throws RUN_NOT_FOUND, DATA_INVALID as {@link readRunFile}
 */
export function readRunIdentity(folder: string): Promise<RunIdentity> {
  return readRunFile(folder, RUN_FILE, identitySchema, ', so it is not the folder of a run');
}

/**
 * Makes the folder of a run, or goes on with the one that is there.
 *
 * @throws RUN_MISMATCH when the folder holds another run
 */
export async function openRunFolder(folder: string, identity: RunIdentity): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, RUN_FILE);
  const found = await readRunIdentity(folder).catch((error: unknown) => {
    if (AutopruneError.isInstance(error, 'RUN_NOT_FOUND')) return undefined;
    throw error;
  });
  if (found) requireSameRun(path, found, identity);
  else await writeWhole(path, `${JSON.stringify(identity, null, 2)}\n`);
}
