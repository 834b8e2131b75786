import type { PairedItem } from '../compare/paired.js';
import { Groups } from '../groups.js';
import type { ReportSection } from './report.js';

/** An item that several runs lose. */
export interface OftenLost {
  readonly item: PairedItem;
  readonly runs: number;
  /** What these runs answer instead, the commonest first. */
  readonly answers: readonly (readonly [answer: string, runs: number])[];
}

const byCount = ([, a]: readonly [unknown, number], [, b]: readonly [unknown, number]): number =>
  b - a;

/** Items that at least two runs lose, those of the most runs first. */
export function oftenLost({ rows }: ReportSection): readonly OftenLost[] {
  const lost = new Groups<string, PairedItem>();
  for (const { paired } of rows) for (const item of paired?.lost ?? []) lost.add(item.id, item);
  return lost
    .entries()
    .map(([, items]) => items)
    .filter((items) => items.length > 1)
    .sort((a, b) => b.length - a.length)
    .map((items) => {
      const counts = new Map<string, number>();
      for (const { other } of items) {
        const answer = other.answer?.trim() ?? 'no answer';
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
      }
      return { item: items[0]!, runs: items.length, answers: [...counts].sort(byCount) };
    });
}
