import { z } from 'zod';
import { type Answer, countKeys } from '../../answers.js';
import type { Counts, Question } from '../../benchmark.js';
import { readDataRows } from '../../data-rows.js';
import { findFile, type Input, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { idOfRecord } from '../../record-ids.js';
import { idFields } from '../../records.js';

const problemSchema = z.object({
  choices: z.array(z.string()),
  answer: z.int().nonnegative(),
  image: z.string().nullish(),
  hint: z.string().nullish(),
  subject: z.string().optional(),
  topic: z.string().optional(),
  grade: z.string().optional(),
});

/** One problem of `problems.json`; the fields that a reduced file lacks are absent. */
export type Problem = z.infer<typeof problemSchema>;

/** ScienceQA's test split as read, in the order of `pid_splits.json`. */
export interface ScienceQaData {
  readonly problems: ReadonlyMap<string, Problem>;
  readonly questions: readonly Question[];
}

const promptSchema = z.array(
  z.object({
    id: z.string(),
    image: z.string().optional(),
    conversations: z.tuple([z.object({ value: z.string() })], z.unknown()),
  }),
);

const splitsSchema = z.object({ test: z.array(z.string()) });
const SUFFIX = "\nAnswer with the option's letter from the given choices directly.";
/** `max_new_tokens` of LLaVA's model_vqa_science. */
const MAX_NEW_TOKENS = 1024;

/** A question as LLaVA asks it; the stored prompt tells whether there was a picture. */
function toQuestion(id: string, body: string, images: Question['images']): Question {
  const text = body + SUFFIX;
  return {
    id,
    text,
    ...(images.length > 0 && { storedPrompt: `<image>\n${text}` }),
    images,
    maxNewTokens: MAX_NEW_TOKENS,
  };
}

async function readQuestions(data: Input): Promise<Question[]> {
  const path = await findFile(data, ['llava_test_CQM-A.json']);
  if (path === undefined) return [];
  const rows = await readJson(path, promptSchema);
  return rows.map(({ id, image, conversations }) =>
    toQuestion(
      id,
      conversations[0].value.replaceAll('<image>', '').trim(),
      image === undefined ? [] : [image],
    ),
  );
}

const tableSchema = z.object({
  ...idFields,
  ...problemSchema.omit({ image: true, choices: true, answer: true }).shape,
  question: z.string(),
  choices: z.array(z.string()).optional(),
  answer: z.union([z.int().nonnegative(), z.string()]),
  A: z.string().optional(),
  B: z.string().optional(),
  C: z.string().optional(),
  D: z.string().optional(),
  E: z.string().optional(),
});

/** Reads VLMEvalKit's TSV (options A to E) or the parquet of Hugging Face (`choices`). */
async function readTable(data: Input): Promise<ScienceQaData> {
  const rows = await readDataRows(data, ['problems.json'], tableSchema);
  const problems = new Map<string, Problem>();
  const questions = rows.map(({ fields, pictures = [] }, place): Question => {
    const { question, hint, answer, A, B, C, D, E, ...rest } = fields;
    const id = idOfRecord(fields, place);
    const choices = fields.choices ?? [A, B, C, D, E].filter((one) => one !== undefined);
    const gold = typeof answer === 'number' ? answer : 'ABCDE'.indexOf(answer);
    const image = pictures.length > 0 ? 'image.png' : null;
    problems.set(id, { ...rest, hint, choices, answer: gold, image });
    const options = choices.map((choice, at) => `${'ABCDE'.charAt(at)}. ${choice}`);
    const context = hint ? [`Context: ${hint}`] : [];
    return toQuestion(id, [...context, question, ...options].join('\n'), pictures);
  });
  return { problems, questions };
}

/** Reads problems, splits and, where it is there, LLaVA's prompt file; or a table of another tool. */
export async function readScienceQa(data: Input): Promise<ScienceQaData> {
  const path = data.isFolder ? await findFile(data, ['problems.json']) : undefined;
  if (path === undefined) return readTable(data);
  const all = await readJson(path, z.record(z.string(), problemSchema));
  const { test } = await readJson(await requireFile(data, ['pid_splits.json']), splitsSchema);
  const problems = new Map(test.flatMap((id) => (all[id] ? [[id, all[id]] as const] : [])));
  return { problems, questions: await readQuestions(data) };
}

/** How answers fit the problems of the split. */
export function countScienceQa(
  { problems }: ScienceQaData,
  answers: readonly Answer[],
): Omit<Counts, 'unparsed'> {
  return countKeys(
    problems.keys(),
    answers.map(({ id }) => id),
  );
}
