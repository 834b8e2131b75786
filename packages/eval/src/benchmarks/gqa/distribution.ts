import type { GqaAnswer, GqaQuestion } from './data.js';

type Histogram = Map<string, Map<string, number>>;

function increment(histogram: Histogram, group: string, answer: string): void {
  const counts = histogram.get(group) ?? new Map<string, number>();
  histogram.set(group, counts.set(answer, (counts.get(answer) ?? 0) + 1));
}

/**
 * Chi-square distance of predicted from gold answers in each global group, averaged with the groups' sizes as weights and
 * divided by 100; lower is better.
 */
export function distributionOf(
  questions: readonly (readonly [string, GqaQuestion])[],
  answers: ReadonlyMap<string, GqaAnswer>,
): number {
  const gold: Histogram = new Map();
  const predicted: Histogram = new Map();
  for (const [id, { answer, groups }] of questions) {
    if (groups.global === null) continue;
    increment(gold, groups.global, answer);
    const prediction = answers.get(id)?.prediction;
    if (prediction !== undefined) increment(predicted, groups.global, prediction);
  }
  let weighted = 0;
  let total = 0;
  for (const [group, expected] of gold) {
    let score = 0;
    let size = 0;
    for (const [answer, count] of expected) {
      const observed = predicted.get(group)?.get(answer) ?? 0;
      score += (observed - count) ** 2 / count;
      size += count;
    }
    weighted += score * size;
    total += size;
  }
  return total === 0 ? 0 : weighted / total / 100;
}
