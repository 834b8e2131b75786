import { join } from 'node:path';
import { z } from 'zod';
import type { Definition, ItemRecord, Question } from '../benchmark.js';
import { headlineOf } from '../headline.js';
import type { MetricValue } from '../metrics.js';
import type { BenchmarkScore } from '../score.js';
import { RESULT_FILE, readRunFile, writeWhole } from './run-folder.js';

/** One item of a finished run with what was asked. */
export interface ResultItem extends ItemRecord {
  /** The whole user text; empty where the benchmark counts items differently from questions. */
  readonly question: string;
  /** Whole paths; empty where the pictures came with the data. */
  readonly images: readonly string[];
}

/** What a finished run scored by the benchmark's first definition; the report reads it. */
export interface RunResult {
  readonly benchmark: string;
  readonly definition: Definition;
  readonly metrics: MetricValue;
  /** The number that papers print; null where the definition names none. */
  readonly headline: number | null;
  /** Questions without an answer, which the definition says how to count. */
  readonly missing: number;
  readonly items: readonly ResultItem[];
}

/** Writes the score of a run into its folder. */
export async function saveRunResult(
  folder: string,
  score: BenchmarkScore,
  questions: readonly Question[],
  pictureFolder: string,
): Promise<void> {
  const first = score.definitions[0];
  if (!first) return;
  const asked = new Map(
    questions.map(({ id, text, images }) => [
      id,
      {
        question: text,
        images: images.flatMap((image) =>
          typeof image === 'string' ? [join(pictureFolder, image)] : [],
        ),
      },
    ]),
  );
  const { definition, metrics, items } = first;
  const result: RunResult = {
    benchmark: score.benchmark,
    definition,
    metrics,
    headline: headlineOf(definition, metrics) ?? null,
    missing: score.counts.missing,
    items: Array.from(items, (item) => ({
      ...item,
      ...(asked.get(item.id) ?? { question: '', images: [] }),
    })),
  };
  await writeWhole(join(folder, RESULT_FILE), `${JSON.stringify(result)}\n`);
}

/** Enough to tell a result from another file; what is in it was written here. */
const resultSchema = z.looseObject({
  benchmark: z.string(),
  definition: z.looseObject({ name: z.string() }),
  items: z.array(z.unknown()),
});

/**
 * Reads what {@link saveRunResult} wrote.
 *
 * @throws RUN_NOT_FOUND when the run has not been scored, DATA_INVALID as {@link readRunFile}
 */
export async function readRunResult(folder: string): Promise<RunResult> {
  const absent = '; finish the run with autoprune eval, without --no-score';
  const result: unknown = await readRunFile(folder, RESULT_FILE, resultSchema, absent);
  return result as RunResult;
}
