import { sha256 } from './identity.js';

/** Part of a benchmark that settings are chosen on, or part that the choice is judged by. */
export type SplitName = 'tuning' | 'test';

/** A split of a benchmark's questions. */
export interface Split {
  readonly name: SplitName;
  /** Share of the ids that are for tuning, 0 to 1. */
  readonly tuningShare: number;
}

const HASH_DIGITS = 12;

/**
 * The split that an item belongs to. It depends on the id alone, so it is the same on every machine, whichever other
 * questions a run has, and questions that share an id stay together.
 *
 * @param tuningShare  share of all ids that are for tuning, 0 to 1
 */
export function splitOf(id: string, tuningShare: number): SplitName {
  const place = Number.parseInt(sha256(`split\n${id}`).slice(0, HASH_DIGITS), 16);
  return place < tuningShare * 16 ** HASH_DIGITS ? 'tuning' : 'test';
}
