import { z } from 'zod';
import { type Answer, countKeys, idSchema } from '../../answers.js';
import type { Counts, Question } from '../../benchmark.js';
import { hasTables, readDataRows } from '../../data-rows.js';
import { findFile, type Input, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { LOADER_TOKENS, readQuestionFile } from '../../questions.js';
import { letteredOptions } from '../../scoring/choice/letters.js';

const questionSchema = z.object({
  question_id: idSchema,
  answer: z.string(),
  question_type_id: z.union([z.number(), z.string()]).default(0),
  data_type: z.string().default('image'),
  question_image_type: z.string().optional(),
  category: z.string().optional(),
  question: z.string().optional(),
  choice_a: z.string().optional(),
  choice_b: z.string().optional(),
  choice_c: z.string().optional(),
  choice_d: z.string().optional(),
  data_id: z.union([z.string(), z.array(z.string())]).optional(),
});

const fileSchema = z.object({
  questions: z.array(questionSchema),
  question_type: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
});

/** One question with its gold letter. */
export interface SeedQuestion {
  /** As the official file has it. */
  readonly id: string;
  /** The id as answers have it: numeric ids without leading zeros. */
  readonly key: string;
  readonly gold: string;
  readonly typeId: string | number;
  readonly dataType: string;
  readonly imageType: string;
  /** Option texts by letter; empty in files without texts. */
  readonly options: Readonly<Record<string, string>>;
}

/** SEED-Bench as read. */
export interface SeedData {
  readonly gold: readonly SeedQuestion[];
  /** Names of the question types by id, in id order. */
  readonly types: ReadonlyMap<string | number, string>;
  readonly questions: readonly Question[];
}

type Row = z.infer<typeof questionSchema>;

const SUFFIX = "Answer with the option's letter from the given choices directly.";

function optionsOf(row: Row): Record<string, string> {
  return letteredOptions({
    A: row.choice_a,
    B: row.choice_b,
    C: row.choice_c,
    D: row.choice_d,
  });
}

/** Ids are compared as whole numbers where they are some. */
const keyOf = (id: string): string => (/^\d+$/.test(id) ? String(BigInt(id)) : id);

/** @param pictures  where the file itself has them */
function ask(row: Row, pictures?: Question['images']): Question[] {
  const { question, data_id: images } = row;
  if (question === undefined || images === undefined) return [];
  const options = Object.entries(optionsOf(row)).map(([letter, text]) => `${letter}. ${text}`);
  return [
    {
      id: row.question_id,
      text: [question, ...options, SUFFIX].join('\n'),
      images: pictures ?? [images].flat(),
      maxNewTokens: LOADER_TOKENS,
    },
  ];
}

const toGold = (row: Row): SeedQuestion => ({
  id: row.question_id,
  key: keyOf(row.question_id),
  gold: row.answer,
  typeId: row.question_type_id,
  dataType: row.data_type,
  imageType: row.question_image_type ?? row.category ?? row.data_type,
  options: optionsOf(row),
});

/** VLMEvalKit names the options A to D and the id `index`; SEED-Bench-2-Plus on Hugging Face has `choice_A`. */
const tableSchema = z.preprocess((value) => {
  const cells = value as Readonly<Record<string, unknown>>;
  const choices = [...'ABCD'].map((letter) => [
    `choice_${letter.toLowerCase()}`,
    cells[`choice_${letter.toLowerCase()}`] ?? cells[`choice_${letter}`] ?? cells[letter],
  ]);
  const id = cells.question_id ?? cells.index;
  return { ...cells, ...Object.fromEntries(choices), question_id: id, data_id: undefined };
}, questionSchema);

/** Reads VLMEvalKit's TSV or the parquet of Hugging Face. */
async function readTable(data: Input): Promise<SeedData> {
  const rows = await readDataRows(data, [], tableSchema);
  return {
    gold: rows.map(({ fields }) => toGold(fields)),
    types: new Map(),
    questions: rows.flatMap(({ fields, pictures = [] }) =>
      ask({ ...fields, data_id: [] }, pictures),
    ),
  };
}

/**
 * Reads the official question file and, where it is there, LLaVA's.
 *
 * @param names  official files to look for, best first
 */
export async function readSeed(data: Input, names: readonly string[]): Promise<SeedData> {
  const official = data.isFolder ? await findFile(data, names) : undefined;
  if (official === undefined && (await hasTables(data))) return readTable(data);
  const { questions, question_type: types } = await readJson(
    official ?? (await requireFile(data, names)),
    fileSchema,
  );
  const asked = data.isFolder ? await findFile(data, ['llava-seed-bench.jsonl']) : undefined;
  return {
    gold: questions.map(toGold),
    types: new Map(Object.entries(types).map(([name, id]) => [id, name])),
    questions:
      asked === undefined ? questions.flatMap((row) => ask(row)) : await readQuestionFile(asked),
  };
}

/** How answers fit questions. */
export function countSeed(
  { gold }: SeedData,
  answers: readonly Answer[],
): Omit<Counts, 'unparsed'> {
  return countKeys(
    gold.map(({ key }) => key),
    answers.map(({ id }) => keyOf(id)),
  );
}

/** The last answer of each question. */
export function answersByKey(answers: readonly Answer[]): Map<string, string> {
  return new Map(answers.map(({ id, text }) => [keyOf(id), text]));
}
