import { meanOf } from '../scoring/average.js';
import type { ReportRow, ReportSection } from './report.js';
import type { ReportTable } from './table.js';

/** What the budgets of `--budget` are, for a heading. */
const MEANINGS: Readonly<Record<string, string>> = {
  flops: "share of the decoder's prefill FLOPs",
  keepRatio: 'share of the visual tokens that is kept',
  meanLeaving: 'mean of the visual tokens leaving a layer',
  meanEntering: 'mean of the visual tokens entering a layer',
};

interface Line {
  readonly variant: string;
  /** A score for each budget; null where there is no run. */
  readonly scores: readonly (number | null)[];
}

/** Complete lines first, then by mean score. */
function byScore(a: Line, b: Line): number {
  const known = ({ scores }: Line): number[] => scores.filter((score) => score !== null);
  return (
    known(b).length - known(a).length ||
    meanOf(known(b)) - meanOf(known(a)) ||
    (a.variant < b.variant ? -1 : 1)
  );
}

function tableOf(
  { benchmark }: ReportSection,
  kind: string,
  rows: readonly ReportRow[],
): ReportTable {
  const budgets = [...new Set(rows.map(({ run }) => run.budgetValue!))].sort((a, b) => b - a);
  const variants = [...new Set(rows.map(({ run }) => run.variant))];
  const lines = variants
    .map((variant): Line => {
      const own = rows.filter(({ run }) => run.variant === variant);
      const scoreAt = (budget: number): number | null =>
        own.find(({ run }) => run.budgetValue === budget)?.score ?? null;
      return { variant, scores: budgets.map(scoreAt) };
    })
    .sort(byScore);
  const best = budgets.map((_, column) =>
    Math.max(...lines.map(({ scores }) => scores[column] ?? Number.NEGATIVE_INFINITY)),
  );
  const meaning = MEANINGS[kind];
  return {
    title: `${benchmark}: score at each budget${meaning === undefined ? '' : `, ${meaning}`}`,
    headings: ['method', ...budgets.map((budget) => `${kind}=${budget}`)],
    rows: lines.map(({ variant, scores }) => [
      variant,
      ...scores.map((score) => (score === null ? '' : score.toFixed(2))),
    ]),
    isBest: (row, column) => column > 0 && lines[row]?.scores[column - 1] === best[column - 1],
  };
}

/** Methods against budgets, one table for each kind of budget that several methods were given; the best first. */
export function budgetTables(section: ReportSection): readonly ReportTable[] {
  const kinds = [...new Set(section.rows.map(({ run }) => run.budgetKind))];
  return kinds.flatMap((kind) => {
    const rows = section.rows.filter(
      ({ run }) => run.budgetKind === kind && run.budgetValue !== null && !run.isUnpruned,
    );
    const variants = new Set(rows.map(({ run }) => run.variant));
    return variants.size > 1 && variants.size < rows.length ? [tableOf(section, kind, rows)] : [];
  });
}
