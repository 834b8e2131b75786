import { budgetTables } from './budget-tables.js';
import type { Report, ReportRow, ReportSection } from './report.js';

/** A table of texts. */
export interface ReportTable {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether a cell is the best of its column. */
  readonly isBest?: (row: number, column: number) => boolean;
  /** Whether a row begins a group. */
  readonly beginsGroup?: (row: number) => boolean;
  /** Whether cells are sentences instead of numbers. */
  readonly isProse?: boolean;
  /** Remarks below it. */
  readonly notes?: readonly string[];
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
  'cache %',
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
    percent(cost.kvRatio, 1),
    fixed(cost.firstTokenMs, 1),
  ];
}

function runTable({ benchmark, definition, verified, rows }: ReportSection): ReportTable {
  const notes = rows.flatMap(({ run: { label, result } }) =>
    result.missing > 0
      ? [
          `${label}: ${result.missing} questions have no answer; the score counts ${result.definition.denominator}`,
        ]
      : [],
  );
  return {
    title: `${benchmark} (${definition}${verified ? '' : ', not verified'}; ${rows[0]?.run.result.items.length ?? 0} items)`,
    headings: HEADINGS,
    rows: rows.map(cells),
    beginsGroup: (row) => rows[row]?.run.method !== rows[row - 1]?.run.method,
    notes,
  };
}

/** The tables of one benchmark: methods against budgets, then every run. */
export const sectionTables = (section: ReportSection): readonly ReportTable[] => [
  ...budgetTables(section),
  runTable(section),
];

/** The tables after those of the benchmarks: methods over several of them, and runs without a score. */
export function closingTables({ sections, methods, unscored }: Report): readonly ReportTable[] {
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
  const leftOut: ReportTable = {
    title: 'Runs without a score',
    headings: ['run', 'why'],
    isProse: true,
    rows: unscored.map(({ label, reason }) => [label, reason ?? 'not finished, or not scored']),
  };
  return [...(sections.length > 1 ? [summary] : []), ...(unscored.length > 0 ? [leftOut] : [])];
}

/** All tables of a report, in order. */
export function reportTables(report: Report): readonly ReportTable[] {
  return [...report.sections.flatMap(sectionTables), ...closingTables(report)];
}
