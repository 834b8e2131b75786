import type { Report, ReportRow, ReportSection } from './report.js';

/** A table of texts. */
export interface ReportTable {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '' : value.toFixed(digits);

const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

const probability = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3));

const HEADINGS = [
  'run',
  'score',
  '% of unpruned',
  'items: difference (95 %)',
  'McNemar p',
  'gained',
  'lost',
  'same answer %',
  'mean entering',
  'mean leaving',
  'FLOPs %',
  'first token ms',
] as const;

function cells({ run, score, ratio, paired }: ReportRow): string[] {
  const { cost } = run;
  const percent = (value: number | null, digits: number): string =>
    fixed(value === null ? null : 100 * value, digits);
  const [low, high] = paired?.interval ?? [0, 0];
  return [
    run.label,
    fixed(score, 2),
    percent(ratio, 1),
    paired
      ? `${signed(100 * paired.difference, 2)} (${signed(100 * low, 2)} to ${signed(100 * high, 2)})`
      : '',
    paired ? probability(paired.pValue) : '',
    paired ? String(paired.gained.length) : '',
    paired ? String(paired.lost.length) : '',
    paired ? percent(paired.agreement, 1) : '',
    fixed(cost.meanEntering, 1),
    fixed(cost.meanLeaving, 1),
    percent(cost.flopsRatio, 1),
    fixed(cost.firstTokenMs, 1),
  ];
}

const sectionTable = ({ benchmark, definition, verified, rows }: ReportSection): ReportTable => ({
  title: `${benchmark} (${definition}${verified ? '' : ', not verified'}; ${rows[0]?.run.result.items.length ?? 0} items)`,
  headings: HEADINGS,
  rows: rows.map(cells),
});

/** The tables of a report: one a benchmark, and methods over benchmarks where there are several. */
export function reportTables({ sections, methods }: Report): ReportTable[] {
  const tables = sections.map(sectionTable);
  if (sections.length < 2) return tables;
  const summary: ReportTable = {
    title: 'Methods over all benchmarks',
    headings: ['run', 'benchmarks', 'mean % of unpruned', 'spread'],
    rows: methods.map(({ label, benchmarks, meanRatio, spread }) => [
      label,
      String(benchmarks),
      fixed(100 * meanRatio, 1),
      fixed(100 * spread, 1),
    ]),
  };
  return [...tables, summary];
}
