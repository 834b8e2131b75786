import { dirname, join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import {
  findBenchmarks,
  loadBenchmark,
  openBenchmarkInput,
  type Question,
  readQuestionFile,
} from '@autoprune/eval';
import { shapesVqaFolder } from '@autoprune/tiny-llava';

/** One set of questions to answer. */
export interface EvaluationJob {
  /** The benchmark's id, or the name of a question file. */
  readonly name: string;
  readonly questions: readonly Question[];
  readonly folder: string;
  readonly pictureFolder: string;
  /** How its answers are scored; absent for a plain question file. */
  readonly benchmark?: ReturnType<typeof findBenchmarks>[number];
  readonly data?: string;
}

/** Where benchmarks, data and results are. */
export interface JobOptions {
  readonly data?: string;
  readonly out?: string;
  readonly questionFile?: string;
  readonly imageFolder?: string;
  readonly answersFile?: string;
}

const SPECIFICATION = /\.(?:json|[cm]?[jt]s)$/;

/** What comes with the command itself. */
const BUILT_IN_DATA: Readonly<Record<string, string>> = { shapesvqa: shapesVqaFolder };

const required = (name: string): AutopruneError =>
  new AutopruneError('ARGUMENT_INVALID', `${name} is needed; see autoprune eval --help`);

/** The benchmarks of a comma list: names, groups, and specifications by path. */
async function benchmarksOf(
  list: string,
): Promise<readonly NonNullable<EvaluationJob['benchmark']>[]> {
  const parts = await Promise.all(
    list
      .split(',')
      .map(async (name) =>
        SPECIFICATION.test(name) ? [await loadBenchmark(name)] : findBenchmarks(name),
      ),
  );
  return [...new Set(parts.flat())];
}

async function benchmarkJobs(list: string, options: JobOptions): Promise<EvaluationJob[]> {
  const jobs: EvaluationJob[] = [];
  for (const benchmark of await benchmarksOf(list)) {
    const data = options.data ?? BUILT_IN_DATA[benchmark.id];
    if (data === undefined) throw required('--data');
    if (options.out === undefined) throw required('--out');
    const input = await openBenchmarkInput(data, benchmark.llavaFolder);
    const questions = benchmark.questions?.(await benchmark.read(input)) ?? [];
    if (questions.length === 0) {
      throw new AutopruneError(
        'DATA_NOT_FOUND',
        `${input.path}: holds no questions of ${benchmark.id}; see autoprune benchmarks check ${benchmark.id}`,
        { path: input.path, benchmark: benchmark.id },
      );
    }
    jobs.push({
      name: benchmark.id,
      questions,
      folder: join(options.out, benchmark.id),
      pictureFolder: join(input.path, benchmark.pictureFolder ?? '.'),
      benchmark,
      data,
    });
  }
  return jobs;
}

/** LLaVA's own way of asking: a question file to an answer file. */
async function questionFileJob(options: JobOptions): Promise<EvaluationJob> {
  const { questionFile, answersFile, imageFolder } = options;
  if (questionFile === undefined) throw required('a benchmark, or --question-file');
  if (answersFile === undefined) throw required('--answers-file');
  return {
    name: questionFile,
    questions: await readQuestionFile(questionFile),
    folder: `${answersFile}.run`,
    pictureFolder: imageFolder ?? dirname(questionFile),
  };
}

/**
 * What is to be answered.
 *
 * @param list  comma list of benchmarks and groups; undefined for `--question-file`
 */
export async function evaluationJobs(
  list: string | undefined,
  options: JobOptions,
): Promise<EvaluationJob[]> {
  return list === undefined ? [await questionFileJob(options)] : benchmarkJobs(list, options);
}
