import type { MetricValue } from '../../metrics.js';
import { formatFixed } from '../../scoring/python/number.js';
import type { Problem } from './data.js';
import type { ScoredProblem } from './score.js';

const TOPICS =
  `punctuation literacy-in-science verbs pronouns civics culture word-study economics physics
units-and-measurement science-and-engineering-practices reading-comprehension global-studies grammar
figurative-language us-history writing-strategies world-history reference-skills biology earth-science
phonological-awareness capitalization chemistry vocabulary geography`.split(/\s+/);

const inGrades =
  (first: number, final: number) =>
  ({ grade }: Problem): boolean => {
    const number = Number(grade?.match(/^grade(\d+)$/)?.[1]);
    return number >= first && number <= final;
  };

const GROUPS: readonly (readonly [name: string, belongs: (problem: Problem) => boolean])[] = [
  ['acc_natural', ({ subject }) => subject === 'natural science'],
  ['acc_social', ({ subject }) => subject === 'social science'],
  ['acc_language', ({ subject }) => subject === 'language science'],
  ['acc_has_text', ({ hint }) => Boolean(hint)],
  ['acc_has_image', ({ image }) => Boolean(image)],
  ['acc_no_context', ({ hint, image }) => !hint && !image],
  ['acc_grade_1_6', inGrades(1, 6)],
  ['acc_grade_7_12', inGrades(7, 12)],
  ['acc_average', () => true],
  ...TOPICS.map((topic): [string, (problem: Problem) => boolean] => [
    `acc_${topic}`,
    (problem) => problem.topic === topic,
  ]),
];

/**
 * Accuracy in percent of each group as text with two decimals, or -1 for a group without a problem.
 *
 * Source: lupantech/ScienceQA tools/evaluate_acc.py.
 */
export function categoryScores(scored: readonly ScoredProblem[]): MetricValue {
  return Object.fromEntries(
    GROUPS.map(([name, belongs]): [string, string | number] => {
      const group = scored.filter(({ problem }) => belongs(problem));
      const hits = group.filter(({ item }) => item.score === 1).length;
      return [name, group.length === 0 ? -1 : formatFixed((hits / group.length) * 100, 2)];
    }),
  );
}
