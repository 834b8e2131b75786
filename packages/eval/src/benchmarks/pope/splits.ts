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

/** Some of the questions with their labels, which belong to the questions of a split by position. */
export function selectQuestions(data: PopeData, ids: ReadonlySet<string>): PopeData {
  const labels = [...data.labels].map(([name, all]): [string, string[]] => {
    const own = data.questions.filter(({ category = '' }) => category.split(',').includes(name));
    return [name, all.filter((_, row) => ids.has(own[row]?.id ?? ''))];
  });
  return {
    questions: data.questions.filter(({ id }) => ids.has(id)),
    labels: new Map(labels.filter(([, own]) => own.length > 0)),
  };
}
