import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import type { Benchmark, BenchmarkFile, Question } from './benchmark.js';
import { findFile, openBenchmarkInput } from './files/input.js';
import { isThere } from './files/is-there.js';

/** One file or folder of a benchmark, there or not. */
export interface CheckedFile extends BenchmarkFile {
  readonly isThere: boolean;
}

/** What is in place for a benchmark, before a model is loaded. */
export interface BenchmarkCheck {
  readonly benchmark: string;
  /** The folder that was looked at. */
  readonly folder: string;
  readonly files: readonly CheckedFile[];
  /** `expected` is 0 where the size of the set is not known, as of a specification of one's own. */
  readonly questions: { readonly found: number; readonly expected: number };
  /** Ids that several questions have, at most 10. */
  readonly duplicateIds: readonly string[];
  readonly pictures: {
    readonly needed: number;
    readonly missing: number;
    /** At most 10. */
    readonly examples: readonly string[];
  };
  /** One line each, empty when everything is in place. */
  readonly problems: readonly string[];
}

const MOST_EXAMPLES = 10;
const PARALLEL_LOOKUPS = 64;

/** The ids that come more than once. */
function duplicates(questions: readonly Question[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { id, text } of questions) {
    const key = `${id}\n${text}`;
    if (seen.has(key)) twice.add(id);
    seen.add(key);
  }
  return [...twice];
}

async function missingPictures(folder: string, names: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let start = 0; start < names.length; start += PARALLEL_LOOKUPS) {
    const some = names.slice(start, start + PARALLEL_LOOKUPS);
    const found = await Promise.all(some.map((name) => isThere(join(folder, name))));
    missing.push(...some.filter((_, row) => !found[row]));
  }
  return missing;
}

/** Reads the questions; what is wrong with the data becomes a problem instead of an error. */
async function readQuestions(
  benchmark: Benchmark,
  input: { path: string; isFolder: boolean },
): Promise<{ questions: readonly Question[]; problem?: string }> {
  try {
    const data = await benchmark.read(input);
    return { questions: benchmark.questions?.(data) ?? [] };
  } catch (error) {
    if (AutopruneError.isInstance(error)) return { questions: [], problem: error.message };
    throw error;
  }
}

/**
 * Looks whether a benchmark's files, questions, ids and pictures are in place.
 *
 * @param path  the benchmark's folder, or LLaVA's `playground/data/eval` with all of them
 * @throws DATA_NOT_FOUND when there is nothing at `path`
 */
export async function checkBenchmark(benchmark: Benchmark, path: string): Promise<BenchmarkCheck> {
  const input = await openBenchmarkInput(path, benchmark.llavaFolder);
  const files = await Promise.all(
    benchmark.files.map(async (file): Promise<CheckedFile> => {
      const there =
        (await isThere(join(input.path, file.path))) ||
        (input.isFolder && (await findFile(input, [file.path])) !== undefined);
      return { ...file, isThere: there };
    }),
  );
  const { questions, problem } = await readQuestions(benchmark, input);
  const names = [
    ...new Set(questions.flatMap(({ images }) => images.filter((one) => typeof one === 'string'))),
  ];
  const missing = await missingPictures(join(input.path, benchmark.pictureFolder ?? '.'), names);
  const duplicateIds = duplicates(questions).slice(0, MOST_EXAMPLES);
  const expected = benchmark.questionCount;
  const problems = [
    ...files
      .filter((file) => !file.isThere)
      .map((file) => `${join(input.path, file.path)} is not there; it comes from ${file.source}`),
    ...(problem === undefined ? [] : [problem]),
    ...(problem === undefined && expected > 0 && questions.length !== expected
      ? [`${questions.length} questions where the official set has ${expected}`]
      : []),
    ...(duplicateIds.length > 0 ? [`questions that come twice: ${duplicateIds.join(', ')}`] : []),
    ...(missing.length > 0
      ? [`${missing.length} of ${names.length} pictures are not there, ${missing[0]} first`]
      : []),
  ];
  return {
    benchmark: benchmark.id,
    folder: input.path,
    files,
    questions: { found: questions.length, expected },
    duplicateIds,
    pictures: {
      needed: names.length,
      missing: missing.length,
      examples: missing.slice(0, MOST_EXAMPLES),
    },
    problems,
  };
}
