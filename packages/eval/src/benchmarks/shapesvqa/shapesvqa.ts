import { z } from 'zod';
import { type Answer, countKeys, idSchema, readAnswers } from '../../answers.js';
import type { Benchmark, ItemRecord, Question, Score } from '../../benchmark.js';
import { type Input, requireFile } from '../../files/input.js';
import { readJsonLines } from '../../files/read-json.js';
import { Groups } from '../../groups.js';
import { readQuestionFile } from '../../questions.js';
import { sumOf } from '../../scoring/average.js';
import { quotient } from '../../scoring/confusion.js';

const annotationSchema = z.object({
  question_id: idSchema,
  answer: z.string(),
  category: z.string(),
});

/** ShapesVQA as read. */
interface ShapesData {
  readonly questions: readonly Question[];
  readonly gold: ReadonlyMap<string, { readonly answer: string; readonly category: string }>;
}

/** Answers are one word. */
const MAX_NEW_TOKENS = 16;

async function read(data: Input): Promise<ShapesData> {
  const questions = await readQuestionFile(
    await requireFile(data, ['questions.jsonl']),
    MAX_NEW_TOKENS,
  );
  const rows = await readJsonLines(
    await requireFile(data, ['annotations.jsonl']),
    annotationSchema,
  );
  return { questions, gold: new Map(rows.map(({ question_id: id, ...rest }) => [id, rest])) };
}

function select({ questions, gold }: ShapesData, ids: ReadonlySet<string>): ShapesData {
  return {
    questions: questions.filter(({ id }) => ids.has(id)),
    gold: new Map([...gold].filter(([id]) => ids.has(id))),
  };
}

/** The answer without blanks at its ends must be the expected word; a missing one is wrong. */
function score({ gold }: ShapesData, answers: readonly Answer[]): Score {
  const byId = new Map(answers.map(({ id, text }) => [id, text]));
  const categories = new Groups<string>();
  const items = [...gold].map(([id, { answer: expected, category }]): ItemRecord => {
    const answer = byId.get(id);
    const parsed = answer?.trim() ?? null;
    const hit = Number(parsed === expected);
    categories.add(category, hit);
    const rule = answer === undefined ? 'no answer' : 'the whole answer';
    return { id, gold: expected, answer: answer ?? null, parsed, rule, score: hit };
  });
  const share = (scores: readonly number[]): number | null =>
    quotient(sumOf(scores), scores.length);
  return {
    metrics: {
      accuracy: share(items.map((item) => item.score)),
      per_category: Object.fromEntries(
        categories
          .entries()
          .map(([name, scores]) => [name, { accuracy: share(scores), questions: scores.length }]),
      ),
    },
    denominator: items.length,
    items,
  };
}

/** ShapesVQA: the evaluation set of the embedded model, coloured shapes on a plain ground. */
export const shapesvqa: Benchmark<ShapesData, readonly Answer[]> = {
  id: 'shapesvqa',
  title: 'ShapesVQA',
  aliases: { lmmsEval: [], vlmEvalKit: [] },
  groups: ['built-in'],
  questionCount: 3218,
  definitions: [
    {
      name: 'exact_match',
      scorer: { repository: 'autoprune/autoprune', path: 'packages/eval', commit: null },
      denominator: 'questions; one without an answer is wrong',
      verified: false,
      headline: { path: ['accuracy'], scale: 100 },
    },
  ],
  files: [
    { path: 'questions.jsonl', source: '@autoprune/tiny-llava' },
    { path: 'annotations.jsonl', source: '@autoprune/tiny-llava' },
    { path: 'images', source: '@autoprune/tiny-llava' },
  ],
  pictureFolder: 'images',
  read,
  readAnswers,
  count: ({ gold }, answers) =>
    countKeys(
      gold.keys(),
      answers.map(({ id }) => id),
    ),
  select,
  questions: ({ questions }) => questions,
  score: (_definition, data, answers) => score(data, answers),
};
