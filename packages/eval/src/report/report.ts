import { comparePaired, type PairedComparison } from '../compare/paired.js';
import { Groups } from '../groups.js';
import { meanOrNull } from '../scoring/average.js';
import { groupRows } from './order-rows.js';
import type { ReportedRun, UnscoredRun } from './read-runs.js';

/** One run beside the unpruned run of its benchmark. */
export interface ReportRow {
  readonly run: ReportedRun;
  /** The number that papers print, or 100 · mean of the items where the definition names none. */
  readonly score: number;
  /** Score over that of the unpruned run; null without one. */
  readonly ratio: number | null;
  /** Absent for the unpruned run itself, and without one. */
  readonly paired?: PairedComparison;
}

/** All runs of one model on one benchmark: the unpruned one first, then method by method. */
export interface ReportSection {
  /** The benchmark, the split where one was answered, and the model where there are several. */
  readonly benchmark: string;
  readonly definition: string;
  readonly verified: boolean;
  readonly rows: readonly ReportRow[];
}

/** One method over all its benchmarks. */
export interface MethodSummary {
  readonly label: string;
  readonly benchmarks: number;
  /** Mean of the ratios to unpruned, as the papers' last column. */
  readonly meanRatio: number;
  /** Population standard deviation of the ratios: how evenly the method does ("generalisation"). */
  readonly spread: number;
}

/** Everything that a report shows. */
export interface Report {
  readonly sections: readonly ReportSection[];
  readonly methods: readonly MethodSummary[];
  readonly unscored: readonly UnscoredRun[];
}

const scoreOf = ({ result }: ReportedRun): number =>
  result.headline ?? 100 * (meanOrNull(result.items.map(({ score }) => score)) ?? 0);

function sectionOf(benchmark: string, runs: readonly ReportedRun[]): ReportSection {
  const baseline = runs.find(({ isUnpruned }) => isUnpruned);
  const rows = runs.map((run): ReportRow => {
    const score = scoreOf(run);
    if (!baseline) return { run, score, ratio: null };
    const whole = scoreOf(baseline);
    const ratio = whole === 0 ? null : score / whole;
    if (run === baseline) return { run, score, ratio };
    return { run, score, ratio, paired: comparePaired(baseline.result.items, run.result.items) };
  });
  const { name, verified } = runs[0]!.result.definition;
  return { benchmark, definition: name, verified, rows: groupRows(rows).flat() };
}

function methodSummaries(sections: readonly ReportSection[]): MethodSummary[] {
  const ratios = new Groups<string>();
  for (const { rows } of sections) {
    for (const { run, ratio } of rows) {
      if (ratio !== null) ratios.add(run.label, ratio);
    }
  }
  return ratios.entries().map(([label, values]) => {
    const meanRatio = meanOrNull(values) ?? 0;
    const variance = meanOrNull(values.map((value) => (value - meanRatio) ** 2)) ?? 0;
    return { label, benchmarks: values.length, meanRatio, spread: Math.sqrt(variance) };
  });
}

/** Runs of different models, or over different splits of a benchmark, are never put side by side. */
const sectionName = ({ result, split, modelId }: ReportedRun, hasModels: boolean): string =>
  [
    result.benchmark,
    ...(split === null ? [] : [`${split} split`]),
    ...(hasModels ? [modelId] : []),
  ].join(', ');

/**
 * Puts runs side by side, benchmark by benchmark.
 *
 * @param unscored  runs without a score, which the report names
 */
export function buildReport(
  runs: readonly ReportedRun[],
  unscored: readonly UnscoredRun[] = [],
): Report {
  const hasModels = new Set(runs.map(({ modelId }) => modelId)).size > 1;
  const nameOf = (run: ReportedRun): string => sectionName(run, hasModels);
  const sections = [...new Set(runs.map(nameOf))].map((name) =>
    sectionOf(
      name,
      runs.filter((run) => nameOf(run) === name),
    ),
  );
  return { sections, methods: methodSummaries(sections), unscored };
}
