import type { Split } from './splits.js';

/** One answer with its label. */
export interface Pair {
  readonly id: string;
  readonly answer: string;
  readonly label: string;
}

/** Answers and labels of a split, by position; what has no partner is left out. */
export function pairsOf({ answers, labels }: Split): Pair[] {
  return answers
    .slice(0, labels.length)
    .map(({ id, text }, row) => ({ id, answer: text, label: labels[row]! }));
}
