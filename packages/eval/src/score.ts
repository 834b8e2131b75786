import { AutopruneError } from '@autoprune/core';
import type { Benchmark, Counts, Definition, Score, UploadFile } from './benchmark.js';
import { openBenchmarkInput, openInput } from './files/input.js';
import { isWorkbook } from './files/read-workbook.js';
import { countUnparsed } from './scoring/unparsed.js';
import { checkWorkbookQuestions } from './workbook-answers.js';

/** One definition with its score. */
export interface DefinitionScore extends Score {
  readonly definition: Definition;
}

/** Everything that scoring a prediction file yields. */
export interface BenchmarkScore {
  readonly benchmark: string;
  readonly definitions: readonly DefinitionScore[];
  readonly counts: Counts;
}

/**
 * Makes the upload files of a benchmark, checked against its server's rules.
 *
 * @throws UPLOAD_UNSUPPORTED when the benchmark has none
 * @throws ANSWERS_INCOMPLETE, ANSWERS_INVALID where the server would refuse them
 */
export async function uploadFiles(
  benchmark: Benchmark,
  request: Omit<ScoreRequest, 'definition'>,
): Promise<readonly UploadFile[]> {
  if (!benchmark.upload) {
    throw new AutopruneError(
      'UPLOAD_UNSUPPORTED',
      `${benchmark.id} has no upload file; its gold answers are public and it is scored here`,
      { benchmark: benchmark.id },
    );
  }
  const data = await benchmark.read(await openBenchmarkInput(request.data, benchmark.llavaFolder));
  const answers = await benchmark.readAnswers(await openInput(request.predictions), data);
  return benchmark.upload(data, answers);
}

/** What to score. */
export interface ScoreRequest {
  /** A prediction file, or a folder that holds one. */
  readonly predictions: string;
  /** The benchmark's folder or file with questions and gold answers. */
  readonly data: string;
  /** Name of one definition; all by default. */
  readonly definition?: string;
  /** Ids of the questions of a run over a part; where the benchmark can select, the rest is left out. */
  readonly ids?: ReadonlySet<string>;
}

/** The definitions asked for. */
function chosenDefinitions(benchmark: Benchmark, name?: string): readonly Definition[] {
  if (name === undefined) return benchmark.definitions;
  const chosen = benchmark.definitions.filter((one) => one.name === name);
  if (chosen.length > 0) return chosen;
  const known = benchmark.definitions.map((one) => one.name).join(', ');
  throw new AutopruneError(
    'DEFINITION_UNKNOWN',
    `${benchmark.id} has no definition ${JSON.stringify(name)}; it has ${known}`,
    { benchmark: benchmark.id, name },
  );
}

/**
 * Scores predictions, without a model.
 *
 * @throws DATA_NOT_FOUND, DATA_INVALID, DEFINITION_UNKNOWN
 * @throws ANSWERS_MISMATCH when no answer belongs to a question of the data, or a workbook asks other questions
 */
export async function scoreBenchmark(
  benchmark: Benchmark,
  request: ScoreRequest,
): Promise<BenchmarkScore> {
  const definitions = chosenDefinitions(benchmark, request.definition);
  const all = await benchmark.read(await openBenchmarkInput(request.data, benchmark.llavaFolder));
  const data = request.ids && benchmark.select ? benchmark.select(all, request.ids) : all;
  const answers = await benchmark.readAnswers(await openInput(request.predictions), data);
  if (isWorkbook(request.predictions)) {
    await checkWorkbookQuestions(request.predictions, benchmark.questions?.(all) ?? []);
  }
  const counts = benchmark.count(data, answers);
  if (counts.items > 0 && counts.missing === counts.items) {
    throw new AutopruneError(
      'ANSWERS_MISMATCH',
      `${request.predictions}: none of its ${counts.unknown + counts.duplicate} answers belongs to one of the ${counts.items} questions of ${benchmark.id} in ${request.data}; is it the answer file of another benchmark?`,
      { predictions: request.predictions, data: request.data, ...counts },
    );
  }
  const scores = definitions.map((definition) => ({
    definition,
    ...benchmark.score(definition.name, data, answers),
  }));
  const unparsed = countUnparsed(scores[0]?.items ?? []);
  return { benchmark: benchmark.id, definitions: scores, counts: { ...counts, unparsed } };
}
