import type { Answer } from '../../answers.js';
import type { PopeData } from './labels.js';

/** Answers and labels of one split. */
export interface Split {
  readonly name: string;
  readonly answers: readonly Answer[];
  readonly labels: readonly string[];
}

/**
 * The answers of each split in answer-file order. Labels belong to them by position, as in the official script, which
 * does not compare ids.
 */
export function alignSplits(data: PopeData, answers: readonly Answer[]): Split[] {
  const splitsOf = new Map(
    data.questions.map(({ id, category = '' }) => [id, category.split(',')]),
  );
  return [...data.labels].map(([name, labels]) => ({
    name,
    labels,
    answers: answers.filter(({ id }) => splitsOf.get(id)?.includes(name)),
  }));
}
