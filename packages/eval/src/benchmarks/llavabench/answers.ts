import { basename } from 'node:path';
import { type Answer, findAnswerFile, readAnswerFile } from '../../answers.js';
import type { Question } from '../../benchmark.js';
import type { Input } from '../../files/input.js';
import { findJudgeReplies, type JudgeReplies } from '../../judge/reply.js';
import { readTwoScores } from '../../judge/two-scores.js';
import { CATEGORY_PREFIX } from './data.js';
import { type Review, type ReviewFile, readReviews } from './reviews.js';

/** Reviews by the official script, or answers with a judge's recorded replies. */
export interface LlavaBenchAnswers {
  readonly files: readonly ReviewFile[];
  /** Empty where there are review files. */
  readonly answers: readonly Answer[];
  readonly replies: JudgeReplies;
}

/** Reviews made from recorded replies, in answer order. */
function reviewsOf(
  answers: readonly Answer[],
  questions: readonly Question[],
  replies: JudgeReplies,
): Review[] {
  const categoryOf = new Map(questions.map(({ id, category }) => [id, category]));
  return answers.flatMap(({ id }) => {
    const reply = replies.get(id);
    if (reply === undefined) return [];
    const category = categoryOf.get(id);
    return [
      {
        question_id: id,
        category: category === undefined ? undefined : CATEGORY_PREFIX + category,
        content: reply.content,
        scores: [...readTwoScores(reply.content)] as [number, number],
      },
    ];
  });
}

/**
 * Reads review files of the official script; without any, an answer file and the replies recorded beside it.
 *
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readLlavaBenchAnswers(
  predictions: Input,
  questions: readonly Question[],
): Promise<LlavaBenchAnswers> {
  const files = await readReviews(predictions);
  if (files.length > 0) return { files, answers: [], replies: new Map() };
  const path = await findAnswerFile(predictions);
  const answers = await readAnswerFile(path);
  const replies = await findJudgeReplies(predictions);
  const reviews = reviewsOf(answers, questions, replies);
  const name = basename(path).replace(/\.jsonl(\.gz)?$/, '');
  return { files: reviews.length > 0 ? [{ name, reviews }] : [], answers, replies };
}
