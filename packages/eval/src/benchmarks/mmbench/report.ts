import type { MetricValue } from '../../metrics.js';
import type { MmBenchRow } from './data.js';

/** Short names that VLMEvalKit prints. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  coarse_perception: 'CP',
  'finegrained_perception (instance-level)': 'FP-S',
  'finegrained_perception (cross-instance)': 'FP-C',
  logic_reasoning: 'LR',
  relation_reasoning: 'RR',
  attribute_reasoning: 'AR',
};

type Row = MmBenchRow;

/**
 * Share of hits of each split: overall, by l2-category and by category, as `report_acc`.
 *
 * @param isHit  whether a row counts as right
 */
export function reportAccuracy(
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
