import { quotient } from '../../scoring/confusion.js';

/** Share of groups whose answers are all right, 0 to 1; null without any group. */
export function shareOfRightGroups<Answer extends { readonly right: boolean }>(
  answers: readonly Answer[],
  keyOf: (answer: Answer) => string,
): number | null {
  const groups = new Map<string, boolean>();
  for (const answer of answers) {
    const key = keyOf(answer);
    groups.set(key, (groups.get(key) ?? true) && answer.right);
  }
  return quotient([...groups.values()].filter(Boolean).length, groups.size);
}
