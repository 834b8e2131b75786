import { pythonRound } from '../../scoring/python/number.js';
import { DISCIPLINES, SUBJECTS } from './subjects.js';

/** Share of right answers of a subject, and how many there are. */
export interface SubjectAccuracy {
  readonly acc: number;
  readonly num_example: number;
}

export type AccuracyBySubject = ReadonlyMap<string, SubjectAccuracy>;

/** Accuracies in the script's order of subjects, those without answers left out. */
export function accuracyBySubject(
  judged: readonly { readonly subject: string; readonly right: boolean }[],
): AccuracyBySubject {
  return new Map(
    SUBJECTS.flatMap((name): [string, SubjectAccuracy][] => {
      const answers = judged.filter(({ subject }) => subject === name);
      if (answers.length === 0) return [];
      const right = answers.filter((one) => one.right).length;
      return [[name, { acc: right / answers.length, num_example: answers.length }]];
    }),
  );
}

/** Mean over subjects weighted by their answers; 0 without any, as in the script. */
export function weightedAccuracy(subjects: readonly SubjectAccuracy[]): number {
  const count = countOf(subjects);
  if (count === 0) return 0;
  return subjects.reduce((sum, { acc, num_example }) => sum + acc * num_example, 0) / count;
}

const countOf = (subjects: readonly SubjectAccuracy[]): number =>
  subjects.reduce((sum, { num_example }) => sum + num_example, 0);

/** Each discipline with its subjects that have answers. */
export function disciplinesOf(
  accuracies: AccuracyBySubject,
): { readonly name: string; readonly subjects: [string, SubjectAccuracy][] }[] {
  return Object.entries(DISCIPLINES).map(([name, subjects]) => ({
    name,
    subjects: subjects.flatMap((subject): [string, SubjectAccuracy][] => {
      const accuracy = accuracies.get(subject);
      return accuracy ? [[subject, accuracy]] : [];
    }),
  }));
}

/**
 * The table that `main_eval_only.py` and lmms-eval print: counts and accuracies by discipline and subject, and of all.
 *
 * @param digits  decimals that accuracies are rounded to
 */
export function printableTable(
  accuracies: AccuracyBySubject,
  digits: number,
): Record<string, { readonly num: number; readonly acc: number }> {
  const row = (subjects: readonly SubjectAccuracy[]) => ({
    num: countOf(subjects),
    acc: pythonRound(weightedAccuracy(subjects), digits),
  });
  const rows = disciplinesOf(accuracies).flatMap(({ name, subjects }) => [
    [`Overall-${name}`, row(subjects.map(([, accuracy]) => accuracy))] as const,
    ...subjects.map(
      ([subject, { acc, num_example }]) =>
        [subject, { num: num_example, acc: pythonRound(acc, digits) }] as const,
    ),
  ]);
  return { ...Object.fromEntries(rows), Overall: row([...accuracies.values()]) };
}
