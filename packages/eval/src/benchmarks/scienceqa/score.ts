import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import { quotient } from '../../scoring/confusion.js';
import { formatFixed } from '../../scoring/python/number.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { categoryScores } from './categories.js';
import type { Problem, ScienceQaData } from './data.js';
import { LETTERS, parseByLlava, parseByLmmsEval } from './parse.js';

/** One problem of the split with what became of its answer. */
export interface ScoredProblem {
  readonly problem: Problem;
  readonly item: ItemRecord;
  /** True when the stored prompt has a picture; a missing answer has none. */
  readonly hasImage: boolean;
}

/** What the script takes for a missing answer. */
const MISSING = 'FAILED';

/** Index of a letter among the choices, or -1. */
export function indexOf(letter: string | null, { choices }: Problem): number {
  const index = letter === null ? -1 : LETTERS.indexOf(letter);
  return index < choices.length ? index : -1;
}

const last = (answers: readonly Answer[]): Map<string, Answer> =>
  new Map(answers.map((answer) => [answer.id, answer]));

/** Scores the problems of the split in its order by LLaVA's parser. */
function scoreProblems({ problems }: ScienceQaData, answers: readonly Answer[]): ScoredProblem[] {
  const byId = last(answers);
  return [...problems].map(([id, problem]) => {
    const answer = byId.get(id);
    const { letter, rule } = parseByLlava(answer?.text ?? MISSING);
    return {
      problem,
      hasImage: answer?.prompt.includes('<image>') ?? false,
      item: {
        id,
        gold: LETTERS[problem.answer] ?? problem.answer,
        answer: answer?.text ?? null,
        parsed: letter,
        rule: answer ? rule : 'no answer',
        score: Number(indexOf(letter, problem) === problem.answer),
      },
    };
  });
}

const percent = (part: number, whole: number): number | null => {
  const share = quotient(part, whole);
  return share === null ? null : share * 100;
};

/**
 * LLaVA's script: accuracy over all problems and over those asked with a picture.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_science_qa.py.
 */
export function scoreByLlava(data: ScienceQaData, answers: readonly Answer[]): Score {
  const scored = scoreProblems(data, answers);
  const withImage = scored.filter(({ hasImage }) => hasImage);
  const hits = (some: readonly ScoredProblem[]): number =>
    some.filter(({ item }) => item.score === 1).length;
  const accuracy = percent(hits(scored), scored.length);
  const imageAccuracy = percent(hits(withImage), withImage.length);
  const text = (value: number | null): string =>
    value === null ? '–' : `${formatFixed(value, 2)}%`;
  const printed = `Total: ${scored.length}, Correct: ${hits(scored)}, Accuracy: ${text(accuracy)}, IMG-Accuracy: ${text(imageAccuracy)}`;
  return {
    metrics: {
      total: scored.length,
      correct: hits(scored),
      accuracy,
      img_total: withImage.length,
      img_correct: hits(withImage),
      img_accuracy: imageAccuracy,
      printed,
    },
    denominator: scored.length,
    items: scored.map(({ item }) => item),
    printed: `${printed}\n`,
  };
}

/** The table of the ScienceQA paper over LLaVA's results. */
export function scoreCategories(data: ScienceQaData, answers: readonly Answer[]): Score {
  const scored = scoreProblems(data, answers);
  return {
    metrics: categoryScores(scored),
    denominator: scored.length,
    items: scored.map(({ item }) => item),
  };
}

/**
 * lmms-eval's exact match with a fall-back, over all problems and over those with a picture.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/scienceqa/utils.py.
 */
export function scoreByLmmsEval({ problems }: ScienceQaData, answers: readonly Answer[]): Score {
  const byId = last(answers);
  const scored = [...problems].flatMap(([id, problem]) => {
    const answer = byId.get(id);
    if (!answer) return [];
    const gold = LETTERS[problem.answer] ?? String(problem.answer);
    const { letter, rule } = parseByLmmsEval(pythonTrim(answer.text), gold);
    const item: ItemRecord = {
      id,
      gold,
      answer: answer.text,
      parsed: letter,
      rule,
      score: Number(letter === gold),
    };
    return [{ item, hasImage: Boolean(problem.image) }];
  });
  const share = (some: readonly { readonly item: ItemRecord }[]): number | null =>
    quotient(some.filter(({ item }) => item.score === 1).length, some.length);
  return {
    metrics: {
      scienceqa: share(scored),
      scienceqa_img: share(scored.filter(({ hasImage }) => hasImage)),
    },
    denominator: scored.length,
    items: scored.map(({ item }) => item),
  };
}
