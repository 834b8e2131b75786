import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { countKeys, idSchema } from '../../answers.js';
import type { Benchmark, Question } from '../../benchmark.js';
import { findFile, type Input } from '../../files/input.js';
import { readJsonLines } from '../../files/read-json.js';
import { type ReviewFile, readReviews } from './reviews.js';
import { summariseReviews } from './summarise.js';

const questionSchema = z.object({
  question_id: idSchema,
  image: z.string(),
  text: z.string(),
  category: z.string(),
});

/** Questions, where the folder has them; reviews can be summed up without. */
async function read(data: Input): Promise<Question[]> {
  const path = data.isFolder ? await findFile(data, ['questions.jsonl']) : undefined;
  if (path === undefined) return [];
  return (await readJsonLines(path, questionSchema)).map(
    ({ question_id: id, image, text, category }) => ({
      id,
      text,
      images: [image],
      maxNewTokens: 1024,
      category,
    }),
  );
}

async function readAnswers(predictions: Input): Promise<ReviewFile[]> {
  const files = await readReviews(predictions);
  if (files.some(({ reviews }) => reviews.length > 0)) return files;
  throw new AutopruneError(
    'DATA_NOT_FOUND',
    `${predictions.path}: there are no reviews of a judge (reviews/*.jsonl); let a judge answer the request file of this benchmark first`,
    { path: predictions.path },
  );
}

/** LLaVA-Bench (in the wild): open questions, scored by a judge against a reference answer. */
export const llavabench: Benchmark<readonly Question[], readonly ReviewFile[]> = {
  id: 'llavabench',
  title: 'LLaVA-Bench (in the wild)',
  aliases: { lmmsEval: ['llava_in_the_wild'], vlmEvalKit: ['LLaVABench'] },
  groups: ['llava', 'dialogue'],
  questionCount: 60,
  definitions: [
    {
      name: 'llava',
      scorer: {
        repository: 'haotian-liu/LLaVA',
        path: 'llava/eval/summarize_gpt_review.py',
        commit: 'c121f0432da27facab705978f83c4ada465e46fd',
      },
      denominator: 'reviews; the reference answer has 100',
      verified: true,
    },
  ],
  llavaFolder: 'llava-bench-in-the-wild',
  files: [
    {
      path: 'questions.jsonl',
      source: 'https://huggingface.co/datasets/liuhaotian/llava-bench-in-the-wild',
    },
    {
      path: 'images',
      source: 'https://huggingface.co/datasets/liuhaotian/llava-bench-in-the-wild',
    },
  ],
  read,
  readAnswers,
  // Each run of the judge reviews the same answers, so the first one says what is missing.
  count: (questions, [first]) => {
    const reviewed = first?.reviews.map(({ question_id: id }) => id) ?? [];
    return countKeys(questions.length > 0 ? questions.map(({ id }) => id) : reviewed, reviewed);
  },
  questions: (questions) => questions,
  score: (_definition, _questions, files) => summariseReviews(files),
};
