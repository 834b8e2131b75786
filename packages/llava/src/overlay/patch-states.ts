import type { TracedRow } from '../runtime/result.js';

/** What became of every patch of one picture at one stage. */
export interface PatchStates {
  /** 1 where the patch is still there as it was. */
  readonly kept: Uint8Array;
  /** For each patch, the number of the merged row that it went into, or −1. */
  readonly group: Int32Array;
  readonly keptCount: number;
  readonly groupCount: number;
}

type Place = number | { readonly image: number; readonly position: number };

/** Patches of picture `image` (0-based) that `rows` still hold. */
export function patchStates(
  rows: readonly TracedRow[],
  image: number,
  patches: number,
): PatchStates {
  const kept = new Uint8Array(patches);
  const group = new Int32Array(patches).fill(-1);
  const positionOf = (place: Place): number | undefined => {
    if (typeof place === 'number') return image === 0 ? place : undefined;
    return place.image === image ? place.position : undefined;
  };
  let groupCount = 0;
  for (const row of rows) {
    if (row === null || (typeof row === 'object' && 'cls' in row)) continue;
    if (typeof row === 'object' && 'merged' in row) {
      const members = row.merged.map(positionOf).filter((place) => place !== undefined);
      for (const member of members) group[member] = groupCount;
      if (members.length > 0) groupCount++;
    } else {
      const position = positionOf(row as Place);
      if (position !== undefined) kept[position] = 1;
    }
  }
  return { kept, group, keptCount: kept.reduce((sum, is) => sum + is, 0), groupCount };
}
