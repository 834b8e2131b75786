import { z } from 'zod';
import { type Answer, countKeys } from '../answers.js';
import type { Benchmark, Definition, Question, Score } from '../benchmark.js';
import { type DataRow, readDataRows } from '../data-rows.js';
import type { Input } from '../files/input.js';
import { findJudgeReplies, type JudgeReplies, type JudgeReply } from '../judge/reply.js';
import type { JudgeRequest } from '../judge/request.js';
import { idOfRecord } from '../record-ids.js';
import { readPredictions } from '../records.js';

/** One row of the data with its id. */
export interface Row<Fields> extends DataRow<Fields> {
  readonly id: string;
}

/** One answer with the row that it answers. */
export interface AnsweredRow<Fields> extends Row<Fields> {
  readonly answer: string;
  /** What a judge said about it, where that is recorded. */
  readonly reply?: JudgeReply | undefined;
}

/** Predictions with a judge's recorded replies. */
export interface RowAnswers {
  readonly answers: readonly Answer[];
  readonly replies: JudgeReplies;
}

/**
 * Scores answers in their order in the prediction file.
 *
 * @param answered  answers to a row of the data; one that comes twice is there twice, as the scripts have it
 * @param rows  all rows of the data, answered or not
 */
type RowScorer<Fields> = (
  answered: readonly AnsweredRow<Fields>[],
  rows: readonly Row<Fields>[],
) => Score;

/** A definition with the function that computes it. */
export interface RowDefinition<Fields> extends Definition {
  readonly scoreRows: RowScorer<Fields>;
}

/** A benchmark whose data and predictions are tables with one row a question. */
export interface RowBenchmark<Fields>
  extends Omit<
    Benchmark,
    | 'definitions'
    | 'read'
    | 'readAnswers'
    | 'count'
    | 'score'
    | 'questions'
    | 'select'
    | 'upload'
    | 'judgeRequests'
  > {
  readonly definitions: readonly [RowDefinition<Fields>, ...RowDefinition<Fields>[]];
  /** Files with the rows, best first, `.gz` left out. */
  readonly dataNames: readonly string[];
  readonly schema: z.ZodType<Fields>;
  /** The id of a row where it is not the first id column. */
  readonly idOf?: typeof idOfRecord;
  /** What a judge is asked about an answer; undefined where a rule decides. */
  readonly askJudge?: (row: AnsweredRow<Fields>) => JudgeRequest | undefined;
  /** How a row is asked. */
  readonly ask?: (fields: Fields) => RowQuestion;
}

/** How a row is asked. */
export interface RowQuestion extends Omit<Question, 'id' | 'images'> {
  /** Names of its pictures; one that the row does not have is left out. */
  readonly images: readonly (string | undefined)[];
}

/** Prediction files to look for in a folder, after the data's own file, which often holds the predictions too. */
const PREDICTION_NAMES = [
  'predictions.jsonl',
  'predictions.json',
  'answers.jsonl',
  'merge.jsonl',
  'output.json',
];

/** A log of lmms-eval has the row as `doc`. */
function unwrapDocument(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || !('doc' in record)) return record;
  const { doc, ...logged } = record;
  return { ...logged, ...(doc as object) };
}

/** The question of a row; pictures that came with the data go before names. */
function askRow<Fields>(
  { id, fields, pictures = [] }: Row<Fields>,
  ask: (fields: Fields) => RowQuestion,
): Question {
  const question = ask(fields);
  const named = question.images.filter((image) => image !== undefined);
  return { id, ...question, images: pictures.length > 0 ? pictures : named };
}

/** Makes a {@link Benchmark} of tables. */
export function rowBenchmark<Fields extends object>(
  benchmark: RowBenchmark<Fields>,
): Benchmark<readonly Row<Fields>[], RowAnswers> {
  const {
    definitions,
    dataNames,
    schema,
    idOf = idOfRecord,
    ask,
    askJudge,
    ...described
  } = benchmark;
  const [first, ...others] = definitions;
  const withoutScorer = ({ scoreRows: _, ...definition }: RowDefinition<Fields>): Definition =>
    definition;

  const names = [...dataNames, 'lmms_eval_samples.jsonl'];

  async function read(data: Input): Promise<Row<Fields>[]> {
    const rows = await readDataRows(data, names, z.preprocess(unwrapDocument, schema));
    return rows.map((row, place) => ({ id: idOf(row.fields, place), ...row }));
  }

  async function readAnswers(predictions: Input): Promise<RowAnswers> {
    const answers = await readPredictions(predictions, [...PREDICTION_NAMES, ...names], idOf);
    return { answers, replies: askJudge ? await findJudgeReplies(predictions) : new Map() };
  }

  function answeredRows(
    rows: readonly Row<Fields>[],
    { answers, replies }: RowAnswers,
  ): AnsweredRow<Fields>[] {
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    return answers.flatMap(({ id, text }) => {
      const row = rowOf.get(id);
      return row ? [{ ...row, answer: text, reply: replies.get(id) }] : [];
    });
  }

  function score(name: string, rows: readonly Row<Fields>[], answers: RowAnswers): Score {
    const definition = definitions.find((one) => one.name === name) ?? first;
    return definition.scoreRows(answeredRows(rows, answers), rows);
  }

  return {
    ...described,
    definitions: [withoutScorer(first), ...others.map(withoutScorer)],
    read,
    readAnswers,
    select: (rows, ids) => rows.filter(({ id }) => ids.has(id)),
    count: (rows, { answers }) =>
      countKeys(
        rows.map(({ id }) => id),
        answers.map(({ id }) => id),
      ),
    score,
    ...(askJudge && {
      judgeRequests: (rows, answers) =>
        answeredRows(rows, answers).flatMap((row) =>
          row.reply === undefined ? (askJudge(row) ?? []) : [],
        ),
    }),
    ...(ask && { questions: (rows) => rows.map((row) => askRow(row, ask)) }),
  };
}
