import type { z } from 'zod';
import { type Answer, countKeys } from '../answers.js';
import type { Benchmark, Definition, Question, Score } from '../benchmark.js';
import { type Input, requireFile } from '../files/input.js';
import { idOfRecord, readPredictions, readRecords } from '../records.js';

/** One row of the data with its id. */
export interface Row<Fields> {
  readonly id: string;
  readonly fields: Fields;
}

/** One answer with the row that it answers. */
export interface AnsweredRow<Fields> extends Row<Fields> {
  readonly answer: string;
}

/**
 * Scores answers in their order in the prediction file.
 *
 * @param answered  answers to a row of the data; one that comes twice is there twice, as the scripts have it
 * @param rowCount  rows of the data, answered or not
 */
export type RowScorer<Fields> = (
  answered: readonly AnsweredRow<Fields>[],
  rowCount: number,
) => Score;

/** A definition with the function that computes it. */
export interface RowDefinition<Fields> extends Definition {
  readonly scoreRows: RowScorer<Fields>;
}

/** A benchmark whose data and predictions are tables with one row a question. */
export interface RowBenchmark<Fields>
  extends Omit<
    Benchmark,
    'definitions' | 'read' | 'readAnswers' | 'count' | 'score' | 'questions' | 'upload'
  > {
  readonly definitions: readonly [RowDefinition<Fields>, ...RowDefinition<Fields>[]];
  /** Files with the rows, best first, `.gz` left out. */
  readonly dataNames: readonly string[];
  readonly schema: z.ZodType<Fields>;
  /** The id of a row where it is not the first id column. */
  readonly idOf?: typeof idOfRecord;
  /** How a row is asked. */
  readonly ask?: (fields: Fields) => Omit<Question, 'id'>;
}

/** Prediction files to look for in a folder, after the data's own file, which often holds the predictions too. */
const PREDICTION_NAMES = [
  'predictions.jsonl',
  'predictions.json',
  'answers.jsonl',
  'merge.jsonl',
  'output.json',
];

/** Makes a {@link Benchmark} of tables. */
export function rowBenchmark<Fields extends object>(
  benchmark: RowBenchmark<Fields>,
): Benchmark<readonly Row<Fields>[], readonly Answer[]> {
  const { definitions, dataNames, schema, idOf = idOfRecord, ask, ...described } = benchmark;
  const [first, ...others] = definitions;
  const withoutScorer = ({ scoreRows: _, ...definition }: RowDefinition<Fields>): Definition =>
    definition;

  async function read(data: Input): Promise<Row<Fields>[]> {
    const records = await readRecords(await requireFile(data, dataNames), schema);
    return records.map((fields, place) => ({ id: idOf(fields, place), fields }));
  }

  function score(name: string, rows: readonly Row<Fields>[], answers: readonly Answer[]): Score {
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    const answered = answers.flatMap(({ id, text }) => {
      const row = rowOf.get(id);
      return row ? [{ ...row, answer: text }] : [];
    });
    const definition = definitions.find((one) => one.name === name) ?? first;
    return definition.scoreRows(answered, rows.length);
  }

  return {
    ...described,
    definitions: [withoutScorer(first), ...others.map(withoutScorer)],
    read,
    readAnswers: (predictions) =>
      readPredictions(predictions, [...PREDICTION_NAMES, ...dataNames], idOf),
    count: (rows, answers) =>
      countKeys(
        rows.map(({ id }) => id),
        answers.map(({ id }) => id),
      ),
    score,
    ...(ask && { questions: (rows) => rows.map(({ id, fields }) => ({ id, ...ask(fields) })) }),
  };
}
