import type { MetricValue } from '../../metrics.js';

/** What `report_acc` groups rows by; null where a table has no such cell. */
export interface ReportedRow {
  readonly split: string | null;
  readonly category: string | null;
  readonly l2Category: string | null;
}

/** Short names that VLMEvalKit prints. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  coarse_perception: 'CP',
  'finegrained_perception (instance-level)': 'FP-S',
  'finegrained_perception (cross-instance)': 'FP-C',
  logic_reasoning: 'LR',
  relation_reasoning: 'RR',
  attribute_reasoning: 'AR',
};

/**
 * Share of hits of each split: overall, by l2-category and by category.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/multiple_choice.py `report_acc`.
 *
 * @param isHit  whether a row counts as right
 */
export function reportAccuracy<Row extends ReportedRow>(
  rows: readonly Row[],
  isHit: (row: Row) => boolean,
): readonly MetricValue[] {
  const splits = [...new Set(rows.map(({ split }) => split))];
  const mean = (some: readonly Row[]): number | null =>
    some.length === 0 ? null : some.filter(isHit).length / some.length;
  return splits.map((split) => {
    const own = rows.filter((row) => row.split === split);
    const byName = (nameOf: (row: Row) => string | null): [string, MetricValue][] => {
      const names = [...new Set(rows.flatMap((row) => nameOf(row) ?? []))].sort();
      return names.map((name) => [
        ABBREVIATIONS[name] ?? name,
        mean(own.filter((row) => nameOf(row) === name)),
      ]);
    };
    return {
      split: split ?? 'none',
      Overall: mean(own),
      ...Object.fromEntries(byName(({ l2Category }) => l2Category)),
      ...Object.fromEntries(byName(({ category }) => category)),
    };
  });
}
