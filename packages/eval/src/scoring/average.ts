/** Scores collected under names, in the order of the first. */
export class Groups<Name> {
  private readonly values = new Map<Name, number[]>();

  /** Adds a score under a name. */
  add(name: Name, score: number): void {
    const scores = this.values.get(name);
    if (scores) scores.push(score);
    else this.values.set(name, [score]);
  }

  /** Names with their scores. */
  entries(): [Name, readonly number[]][] {
    return [...this.values];
  }
}

/** Sum from left to right. */
export function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Mean, or 0 of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : sumOf(values) / values.length;
}

/** Mean, or null of nothing. */
export const meanOrNull = (values: readonly number[]): number | null =>
  values.length === 0 ? null : meanOf(values);
