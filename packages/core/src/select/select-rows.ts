import type { BudgetScope } from '../schedule/budget.js';
import { largestRemainders } from '../schedule/largest-remainders.js';
import type { TokenRows } from '../token-rows.js';
import { orphanedRowEnds } from './row-ends.js';
import { rowsByKey } from './rows-by-key.js';

/** Rows by group of the scope, in row order. Merged rows, which belong to no one place, form a group of their own. */
function groupsOf(rows: TokenRows, scope: BudgetScope): number[][] {
  return rowsByKey(
    rows.contents.map((content) => {
      const place = content.kind === 'patch' ? content.place : undefined;
      return place ? `${place.image}:${scope === 'tile' ? place.tile : ''}` : '';
    }),
  );
}

/**
 * The `keep` best rows of a ranking, where the budget is split over pictures or tiles or where a picture's rows have
 * ends: every group keeps its share (largest remainders, earlier groups first), and a row end stays only with a token of
 * its row; the next best takes its place.
 *
 * @param ranked  int32 [rows], all rows, best first
 * @returns rows, best first
 */
export function bestRows(
  ranked: Int32Array,
  keep: number,
  rows: TokenRows,
  scope: BudgetScope,
): Int32Array {
  const groups = scope === 'total' ? undefined : groupsOf(rows, scope);
  const banned = new Set<number>();
  for (;;) {
    const candidates = ranked.filter((row) => !banned.has(row));
    const chosen = groups ? shares(candidates, keep, groups) : candidates.subarray(0, keep);
    const orphans = orphanedRowEnds(rows, chosen);
    if (orphans.size === 0) return chosen;
    for (const row of orphans) banned.add(row);
  }
}

function shares(
  ranked: Int32Array,
  keep: number,
  groups: readonly (readonly number[])[],
): Int32Array {
  const groupOf = new Map(groups.flatMap((rows, group) => rows.map((row) => [row, group])));
  const total = groupOf.size;
  const quotas = largestRemainders(
    groups.map(({ length }) => (keep * length) / total),
    keep,
    total,
  );
  return ranked.filter((row) => {
    const group = groupOf.get(row)!;
    return quotas[group]!-- > 0;
  });
}
