import { requireNumber } from '../errors.js';

/** Tokens to remove in every block: the same, one by one, or linear in depth. */
export type TomeRemoval =
  | number
  | readonly number[]
  | {
      readonly remove: number;
      /** −1: falling to 0; 0: constant; 1: rising from 0. */
      readonly inflection: number;
    };

/**
 * Tokens that ToMe removes in each of `layers` blocks (ToMe, Bolya et al., ICLR 2023, appendix on merging
 * schedules). A list that is too short is filled with zeros; a longer one is cut.
 *
 * The linear form goes from int(r · (1 − inflection)) to 2 r minus that; each block takes the whole part.
 *
 * @throws ARGUMENT_INVALID for a count below zero or an inflection outside [−1, 1]
 */
export function tomeSchedule(layers: number, removal: TomeRemoval): number[] {
  requireNumber('layers', layers, { min: 1, integer: true });
  const blocks = Array.from({ length: layers }, (_, block) => block);
  if (typeof removal === 'object' && 'inflection' in removal) {
    const { remove, inflection } = removal;
    requireNumber('remove', remove, { min: 0 });
    requireNumber('inflection', inflection, { min: -1, max: 1 });
    const first = Math.trunc(remove * (1 - inflection));
    const step = (2 * remove - 2 * first) / Math.max(1, layers - 1);
    return blocks.map((block) => Math.trunc(first + step * block));
  }
  const listed = typeof removal === 'number' ? blocks.map(() => removal) : removal;
  for (const count of listed) requireNumber('remove', count, { min: 0, integer: true });
  return blocks.map((block) => listed[block] ?? 0);
}
