import { basename } from 'node:path';
import { z } from 'zod';
import { idSchema } from '../../answers.js';
import { type Input, matchFiles } from '../../files/input.js';
import { readJsonLines } from '../../files/read-json.js';
import { lineGroups } from '../../files/read-text.js';

const scoresSchema = z.tuple([z.number(), z.number()]);

/** One line of `eval_gpt_review_bench.py`, or of its predecessor, which had no category. */
const reviewSchema = z
  .object({
    question_id: idSchema,
    category: z.string().optional(),
    content: z.string().nullable().default(null),
    tuple: scoresSchema.optional(),
    score: scoresSchema.optional(),
  })
  .transform(({ tuple, score, ...review }, context) => {
    const scores = tuple ?? score;
    if (scores) return { ...review, scores };
    context.addIssue({ code: 'custom', message: 'has neither tuple nor score' });
    return z.NEVER;
  });

/** What the judge said about one answer: the scores of the reference and of the model. */
export type Review = z.infer<typeof reviewSchema>;

/** All reviews of one run of the judge. */
export interface ReviewFile {
  /** The file's name as the script prints it. */
  readonly name: string;
  readonly reviews: readonly Review[];
}

const nameOf = (path: string): string =>
  basename(path).replace(/\.gz$/, '').replaceAll('gpt4_text_', '').replaceAll('.jsonl', '');

/** Whether a file holds reviews; answer files have the same ending. */
async function isReviewFile(path: string): Promise<boolean> {
  for await (const [first] of lineGroups(path)) {
    if (first !== undefined && first.trim() !== '') return /"(tuple|score)"\s*:/.test(first);
  }
  return false;
}

/**
 * Reads a review file, or all of a folder or its `reviews` in name order.
 *
 * @returns none where there are no reviews
 * @throws DATA_INVALID
 */
export async function readReviews(input: Input): Promise<ReviewFile[]> {
  const inside = await matchFiles(input, 'reviews', /\.jsonl$/);
  const found = inside.length > 0 ? inside : await matchFiles(input, '.', /review.*\.jsonl$/);
  const named = (await isReviewInput(input)) ? [input.path] : [];
  const paths = input.isFolder ? found.map(({ path }) => path) : named;
  return Promise.all(
    paths.map(async (path) => ({
      name: nameOf(path),
      reviews: await readJsonLines(path, reviewSchema),
    })),
  );
}

const isReviewInput = async ({ isFolder, path }: Input): Promise<boolean> =>
  !isFolder && (await isReviewFile(path));
