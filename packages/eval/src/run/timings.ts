import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { Question } from '../benchmark.js';
import type { Answered } from './answerer.js';
import { appendLine, readWholeLines } from './line-file.js';
import { TIMINGS_FILE, writeWhole } from './run-folder.js';

const timingsSchema = z.looseObject({
  question_id: z.string(),
  firstTokenMs: z.number().nullish(),
  prefillMs: z.number().nullish(),
  pruningMs: z.number().nullish(),
  visualTokens: z.number().nullish(),
});

/** Times of one answer in milliseconds, and the visual tokens that its pictures had. */
export type AnswerTimings = z.infer<typeof timingsSchema>;

/** Appends the times of one answer to those of a run. */
export async function appendTimings(
  folder: string,
  { id }: Question,
  { timings, visualTokens }: Answered,
): Promise<void> {
  await appendLine(join(folder, TIMINGS_FILE), { question_id: id, ...timings, visualTokens });
}

/** The times of a run, in the order of the answers; empty where its answerer does not say. Torn lines are left out. */
export async function readTimings(folder: string): Promise<AnswerTimings[]> {
  return readWholeLines(join(folder, TIMINGS_FILE), timingsSchema);
}

/**
 * Writes the times of a run as UniPruneBench does: `method_times_<method>.txt` with the milliseconds of pruning and the
 * visual tokens, `prefill_times.txt` with the milliseconds of the prefill, three decimals, one line an answer in the order
 * of the answers (TianfanPeng/VLMUniPruneBench @ f93768f, `custom_internvl.py`; its README says that the count is the
 * visual tokens).
 *
 * @param method  name in the file; characters that are no letters, digits, dots, underscores or hyphens become `_`
 * @returns the two paths
 * @throws DATA_NOT_FOUND when the run has no times of both kinds
 */
export async function exportTimings(
  folder: string,
  method: string,
  outputFolder: string = folder,
): Promise<readonly string[]> {
  const methodLines: string[] = [];
  const prefillLines: string[] = [];
  for (const { pruningMs, prefillMs, visualTokens } of await readTimings(folder)) {
    if (typeof pruningMs !== 'number' || typeof prefillMs !== 'number') continue;
    methodLines.push(`${pruningMs.toFixed(3)} ${visualTokens ?? 0}\n`);
    prefillLines.push(`${prefillMs.toFixed(3)}\n`);
  }
  if (prefillLines.length === 0) {
    throw new AutopruneError(
      'DATA_NOT_FOUND',
      `${join(folder, TIMINGS_FILE)}: holds no pruning and prefill times; only a model that runs here gives them, an endpoint does not`,
      { folder },
    );
  }
  const name = method.replace(/[^\w.-]/g, '_');
  const files = [
    [join(outputFolder, `method_times_${name}.txt`), methodLines],
    [join(outputFolder, 'prefill_times.txt'), prefillLines],
  ] as const;
  for (const [path, lines] of files) await writeWhole(path, lines.join(''));
  return files.map(([path]) => path);
}
