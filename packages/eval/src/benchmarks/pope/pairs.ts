import type { Split } from './splits.js';

/** One answer with its label. */
export interface Pair {
  readonly id: string;
  readonly answer: string;
  readonly label: string;
}

/** Numbers over all splits pooled, and of each. */
export function pooledMetrics<M>(
  splits: readonly Split[],
  metricsOf: (pairs: readonly Pair[]) => M,
): { overall: M; per_category: Record<string, M> } {
  return {
    overall: metricsOf(splits.flatMap(pairsOf)),
    per_category: Object.fromEntries(
      splits.map((split) => [split.name, metricsOf(pairsOf(split))]),
    ),
  };
}

/** Answers and labels of a split, by position; what has no partner is left out. */
export function pairsOf({ answers, labels }: Split): Pair[] {
  return answers
    .slice(0, labels.length)
    .map(({ id, text }, row) => ({ id, answer: text, label: labels[row]! }));
}
