import { z } from 'zod';
import type { Question } from './benchmark.js';
import { readJsonLines } from './files/read-json.js';

const schema = z.object({
  question_id: z.union([z.string(), z.number()]),
  image: z.string().optional(),
  text: z.string(),
  category: z.string().optional(),
});

/** LLaVA's `max_new_tokens` of `model_vqa_loader`. */
export const LOADER_TOKENS = 128;

/**
 * Reads a LLaVA question file: JSON Lines with `question_id`, `image`, `text`, `category`.
 *
 * @throws DATA_INVALID naming the file, the line and the field
 */
export async function readQuestionFile(
  path: string,
  maxNewTokens: number = LOADER_TOKENS,
): Promise<Question[]> {
  const rows = await readJsonLines(path, schema);
  return rows.map(({ question_id: questionId, image, text, category = 'default' }) => ({
    id: String(questionId),
    questionId,
    text,
    images: image === undefined ? [] : [image],
    maxNewTokens,
    category,
  }));
}
