import { z } from 'zod';
import { type Answer, countKeys } from '../../answers.js';
import type { Counts, Question } from '../../benchmark.js';
import { findFile, type Input, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';

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

async function readQuestions(data: Input): Promise<Question[]> {
  const path = await findFile(data, ['llava_test_CQM-A.json']);
  if (path === undefined) return [];
  const rows = await readJson(path, promptSchema);
  return rows.map(({ id, image, conversations }) => ({
    id,
    text: conversations[0].value.replace('<image>', '').trim() + SUFFIX,
    images: image === undefined ? [] : [image],
    maxNewTokens: MAX_NEW_TOKENS,
  }));
}

/** Reads problems, splits and, where it is there, LLaVA's prompt file. */
export async function readScienceQa(data: Input): Promise<ScienceQaData> {
  const all = await readJson(
    await requireFile(data, ['problems.json']),
    z.record(z.string(), problemSchema),
  );
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
