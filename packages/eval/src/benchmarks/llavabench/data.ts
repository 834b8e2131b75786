import { z } from 'zod';
import { type Answer, idSchema, readAnswerFile } from '../../answers.js';
import type { Question } from '../../benchmark.js';
import { findFile, type Input } from '../../files/input.js';
import { readJson, readJsonLines } from '../../files/read-json.js';

/** How the judge is told to compare answers of one category. */
interface JudgeRule {
  readonly role: string;
  readonly prompt: string;
}

/** LLaVA-Bench as read. Everything may be absent where only reviews are to be summed up. */
export interface LlavaBenchData {
  readonly questions: readonly Question[];
  /** Description of each picture, which the judge reads instead of the picture. */
  readonly contexts: ReadonlyMap<string, string>;
  /** GPT-4's answers by question, the reference. */
  readonly references: ReadonlyMap<string, string>;
  /** By category with its prefix `llava_bench_`. */
  readonly rules: Readonly<Record<string, JudgeRule>>;
}

/** What the official scripts put before a category. */
export const CATEGORY_PREFIX = 'llava_bench_';

const questionSchema = z.object({
  question_id: idSchema,
  image: z.string(),
  text: z.string(),
  category: z.string(),
});

const contextSchema = z.object({
  image: z.string(),
  caption: z.union([z.string(), z.array(z.string()).transform((lines) => lines.join('\n'))]),
});

const rulesSchema = z.record(z.string(), z.object({ role: z.string(), prompt: z.string() }));

const MAX_NEW_TOKENS = 1024;

/**
 * Reads the benchmark's folder.
 *
 * @throws DATA_INVALID
 */
export async function readLlavaBench(data: Input): Promise<LlavaBenchData> {
  const find = async (name: string): Promise<string | undefined> =>
    data.isFolder ? findFile(data, [name]) : undefined;
  const lines = async <T>(name: string, schema: z.ZodType<T>): Promise<T[]> => {
    const path = await find(name);
    return path === undefined ? [] : readJsonLines(path, schema);
  };
  const questions = await lines('questions.jsonl', questionSchema);
  const contexts = await lines('context.jsonl', contextSchema);
  const referencePath = await find('answers_gpt4.jsonl');
  const references: readonly Answer[] = referencePath ? await readAnswerFile(referencePath) : [];
  const rulePath = await find('rule.json');
  return {
    questions: questions.map(({ question_id: id, image, text, category }) => ({
      id,
      text,
      images: [image],
      maxNewTokens: MAX_NEW_TOKENS,
      category,
    })),
    contexts: new Map(contexts.map(({ image, caption }) => [image, caption])),
    references: new Map(references.map(({ id, text }) => [id, text])),
    rules: rulePath === undefined ? {} : await readJson(rulePath, rulesSchema),
  };
}
