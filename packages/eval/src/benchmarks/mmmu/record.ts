import { z } from 'zod';
import { idSchema } from '../../answers.js';
import { letteredOptions } from '../../scoring/choice/letters.js';

/** The `question_type` of questions with options. */
export const CHOICE = 'multiple-choice';

/** A row of Hugging Face's data set, where lists are texts that Python would read. */
const fields = z.object({
  id: idSchema,
  question: z.string(),
  question_type: z.string(),
  options: z
    .union([z.array(z.string()), z.string(), z.record(z.string(), z.string())])
    .default('[]'),
  answer: z.union([z.array(z.string()), z.string()]),
  image_1: z.string().optional(),
  split: z.string().optional(),
  category: z.string().optional(),
  'l2-category': z.string().optional(),
});

/** VLMEvalKit's table has a column for each option instead, and no option A where a question is open. */
function withOptions(value: unknown): unknown {
  const cells = value as Readonly<Record<string, unknown>>;
  if (typeof value !== 'object' || value === null || 'question_type' in cells) return value;
  return {
    ...cells,
    id: cells.id ?? cells.index,
    question_type: 'A' in cells ? CHOICE : 'open',
    options: letteredOptions(cells),
  };
}

/** A row of the data set, as Hugging Face or VLMEvalKit have it. */
export const recordSchema = z.preprocess(withOptions, fields);

/** A row of the data set. */
export type MmmuRecord = z.infer<typeof fields>;
