/** Counts of a binary classifier. */
export interface Confusion {
  readonly TP: number;
  readonly FP: number;
  readonly TN: number;
  readonly FN: number;
}

/** Counts pairs of prediction and label. */
export function confusionOf(
  pairs: Iterable<{ readonly predicted: boolean; readonly actual: boolean }>,
): Confusion {
  let [TP, FP, TN, FN] = [0, 0, 0, 0];
  for (const { predicted, actual } of pairs) {
    if (predicted && actual) TP++;
    else if (predicted) FP++;
    else if (actual) FN++;
    else TN++;
  }
  return { TP, FP, TN, FN };
}

/** A quotient, or null where the script would divide by zero. */
export function quotient(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

/** Harmonic mean 2pr / (p + r); null where it is undefined. */
export function f1Of(precision: number | null, recall: number | null): number | null {
  if (precision === null || recall === null) return null;
  return quotient(2 * precision * recall, precision + recall);
}
