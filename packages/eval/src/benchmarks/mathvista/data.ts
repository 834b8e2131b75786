import { z } from 'zod';
import type { Question } from '../../benchmark.js';
import { readDataRows } from '../../data-rows.js';
import { findFile, type Input } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { pythonText } from '../../scoring/python/literal.js';

/** Extractions are texts, but some files have numbers and lists, which the script turns into Python's text. */
const cell = z.unknown().transform((value) => {
  if (value === undefined) return undefined;
  return value === null ? null : pythonText(value);
});

const metadataSchema = z.object({
  language: z.string().optional(),
  source: z.string().optional(),
  category: z.string().optional(),
  task: z.string().optional(),
  context: z.string().optional(),
  grade: z.string().optional(),
  skills: z.array(z.string()).default([]),
});

const problemSchema = z.object({
  question_type: z.string(),
  answer_type: z.string(),
  choices: z
    .array(z.string())
    .nullish()
    .transform((choices) => choices ?? []),
  precision: z.union([z.number(), z.null()]).default(null),
  answer: cell.optional(),
  metadata: metadataSchema.optional(),
  query: z.string().optional(),
  question: z.string().optional(),
  image: z.string().optional(),
  response: z.string().nullish(),
  extraction: cell.optional(),
});

/** One problem; in an output file with the model's response and what was extracted from it. */
export type Problem = z.infer<typeof problemSchema> & {
  /** Pictures that came with the data. */
  readonly pictures?: Question['images'];
};

/** Problems by pid in file order. */
export type Problems = ReadonlyMap<string, Problem>;

const withPid = problemSchema.extend({ pid: z.string() });

/**
 * Reads MathVista: the official object by pid (`testmini.json`, or an output file), or rows of the data set as JSON Lines
 * or parquet.
 *
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readProblems(input: Input, names: readonly string[]): Promise<Problems> {
  const path = (await findFile(input, names)) ?? input.path;
  if (/\.json(\.gz)?$/.test(path)) {
    const byPid = await readJson(path, z.record(z.string(), problemSchema));
    return new Map(Object.entries(byPid));
  }
  const rows = await readDataRows(input, names, withPid);
  return new Map(
    rows.map(({ fields: { pid, ...problem }, pictures = [] }) => [pid, { ...problem, pictures }]),
  );
}
