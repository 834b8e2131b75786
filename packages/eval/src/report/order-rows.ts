import { Groups } from '../groups.js';
import { meanOf } from '../scoring/average.js';
import type { ReportRow } from './report.js';

/** What things are ordered by, the first that differs deciding. */
type Rank = readonly (number | string)[];

function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  if (at < 0) return 0;
  return a[at]! < b[at]! ? -1 : 1;
}

/** Within a method the dearest run first. */
const rowRank = ({ run: { cost, label } }: ReportRow): Rank => [
  -(cost.flopsRatio ?? 0),
  -(cost.kvRatio ?? 0),
  label,
];

/**
 * Rows of one benchmark in groups: the unpruned run, then the methods, the best mean score first. Methods with budgets of the
 * same kind stand together, the commonest kind first, because means over other budgets say nothing beside them.
 */
export function groupRows(rows: readonly ReportRow[]): readonly (readonly ReportRow[])[] {
  const unpruned = rows.filter(({ run }) => run.isUnpruned);
  const pruned = rows.filter(({ run }) => !run.isUnpruned);
  const kinds = new Groups<string, ReportRow>();
  const methods = new Groups<string, ReportRow>();
  for (const row of pruned) {
    const { budgetKind, method } = row.run;
    kinds.add(budgetKind, row);
    methods.add(JSON.stringify([budgetKind, method]), row);
  }
  const groupRank = ([first, ...more]: readonly ReportRow[]): Rank => {
    const { budgetKind, method } = first!.run;
    const mean = meanOf([first!, ...more].map(({ score }) => score));
    return [-kinds.get(budgetKind).length, budgetKind, -mean, method];
  };
  const ordered = [
    unpruned,
    ...methods
      .entries()
      .map(([, group]) => group)
      .sort((a, b) => compareRanks(groupRank(a), groupRank(b))),
  ];
  return ordered
    .filter((group) => group.length > 0)
    .map((group) => [...group].sort((a, b) => compareRanks(rowRank(a), rowRank(b))));
}
