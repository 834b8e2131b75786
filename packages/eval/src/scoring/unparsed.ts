import type { ItemRecord } from '../benchmark.js';

/** Answers in which a parser found nothing: those that a judge would be asked about. */
export function countUnparsed(items: Iterable<ItemRecord>): number {
  let count = 0;
  for (const { answer, parsed } of items) if (answer !== null && parsed === null) count++;
  return count;
}
