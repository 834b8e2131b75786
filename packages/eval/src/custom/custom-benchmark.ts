import { z } from 'zod';
import type { Benchmark, Score } from '../benchmark.js';
import { type AnsweredRow, rowBenchmark } from '../benchmarks/row-benchmark.js';
import { Groups } from '../groups.js';
import { ID_FIELDS } from '../record-ids.js';
import { meanOrNull } from '../scoring/average.js';
import { LETTERS, letteredOptions } from '../scoring/choice/letters.js';
import { parsePythonList } from '../scoring/python/literal.js';
import { CUSTOM_SCORERS, type CustomGold, type CustomScorerName } from './scorers.js';
import type { BenchmarkSpecification } from './specification.js';

/** A row by the roles of its columns. */
interface CustomFields extends CustomGold {
  readonly id: string | undefined;
  readonly question: string;
  readonly images: readonly string[];
  readonly category: string | undefined;
  /** Every column that is a text or a number, for the prompt. */
  readonly cells: Readonly<Record<string, string>>;
}

const textSchema = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
]);
const textsSchema = z.union([textSchema.transform((text) => [text]), z.array(textSchema).min(1)]);
const optionsSchema = z.union([
  z.record(z.string(), textSchema),
  z.array(textSchema).transform(byLetter),
  z.string().transform((text) => byLetter(parsePythonList(text) ?? [])),
]);

/** Options of a list by letter; those after Z, which no benchmark letters, by their number. */
function byLetter(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text, place) => [LETTERS[place] ?? String(place), text]));
}

/** The schema of a row, whose messages name the columns of the specification. */
function rowSchema({ columns }: BenchmarkSpecification): z.ZodType<CustomFields> {
  return z.record(z.string(), z.unknown()).transform((row, context): CustomFields => {
    const read = <T>(column: string | undefined, schema: z.ZodType<T>): T | undefined => {
      if (column === undefined || row[column] === undefined || row[column] === null)
        return undefined;
      const parsed = schema.safeParse(row[column]);
      if (parsed.success) return parsed.data;
      context.addIssue({
        code: 'custom',
        path: [column],
        message: 'is neither a text nor a number',
      });
      return undefined;
    };
    const need = <T>(column: string, schema: z.ZodType<T>): T => {
      const value = read(column, schema);
      if (value === undefined && context.issues.length === 0) {
        context.addIssue({ code: 'custom', path: [column], message: 'is not there' });
      }
      return value as T;
    };
    const cells: Record<string, string> = {};
    for (const [name, value] of Object.entries(row)) {
      const text = textSchema.safeParse(value);
      if (text.success) cells[name] = text.data;
    }
    return {
      // Without a column of its own the id is what it is in the files of the built-in benchmarks.
      id: columns.id === undefined ? idColumn(cells) : read(columns.id, textSchema),
      question: need(columns.question, textSchema),
      answers: need(columns.answer, textsSchema),
      images: read(columns.image, textsSchema) ?? [],
      options: read(columns.options, optionsSchema) ?? letteredOptions(cells),
      category: read(columns.category, textSchema),
      cells,
    };
  });
}

const idColumn = (cells: Readonly<Record<string, string>>): string | undefined => {
  const name = ID_FIELDS.find((field) => cells[field] !== undefined);
  return name && cells[name];
};

const PLACEHOLDER = /\{([^{}\n]+)\}/g;

function fillPrompt(prompt: string, { question, options, cells }: CustomFields): string {
  const lines = Object.entries(options).map(([letter, text]) => `${letter}. ${text}`);
  const known: Readonly<Record<string, string>> = { ...cells, question, options: lines.join('\n') };
  return prompt.replace(PLACEHOLDER, (whole, name: string) => known[name] ?? whole);
}

function scoreRows(name: CustomScorerName, rows: readonly AnsweredRow<CustomFields>[]): Score {
  const scorer = CUSTOM_SCORERS[name];
  const categories = new Groups<string>();
  const items = rows.map(({ id, fields, answer }) => {
    const verdict = scorer(answer, fields);
    if (fields.category !== undefined) categories.add(fields.category, verdict.score);
    return { id, gold: fields.answers, answer, ...verdict };
  });
  const means = categories.entries().map(([category, scores]) => [category, meanOrNull(scores)]);
  return {
    metrics: {
      [name]: meanOrNull(items.map(({ score }) => score)),
      ...(means.length > 0 && { per_category: Object.fromEntries(means) }),
    },
    denominator: items.length,
    items,
  };
}

/** Makes a benchmark of a specification; its scorers are those of the built-in benchmarks. */
export function customBenchmark(specification: BenchmarkSpecification): Benchmark {
  const { id, title, file, prompt, maxNewTokens, scorers, groups } = specification;
  const [first, ...others] = scorers;
  const definition = (name: CustomScorerName) => ({
    name,
    scorer: { repository: '', path: file, commit: null },
    denominator: 'answers',
    verified: false,
    scoreRows: (rows: readonly AnsweredRow<CustomFields>[]) => scoreRows(name, rows),
  });
  return rowBenchmark<CustomFields>({
    id,
    title: title ?? id,
    aliases: { lmmsEval: [], vlmEvalKit: [] },
    groups,
    questionCount: 0,
    definitions: [definition(first!), ...others.map(definition)],
    files: [{ path: file, source: 'your own' }],
    dataNames: [file],
    schema: rowSchema(specification),
    ask: (fields) => ({
      text: fillPrompt(prompt, fields),
      images: fields.images,
      maxNewTokens,
      ...(fields.category !== undefined && { category: fields.category }),
    }),
  }) as Benchmark;
}
