import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { meanOf } from '../../scoring/average.js';
import { formatFloat, numpyRound } from '../../scoring/python/number.js';
import type { MmVetAnswers, MmVetData, MmVetGrades } from './data.js';

/** Sum of scores of each run, and number of questions, of one group. */
interface Tally {
  readonly sums: number[];
  count: number;
}

const tallyOf = (tallies: Map<string, Tally>, name: string, runs: number): Tally => {
  const tally = tallies.get(name) ?? { sums: new Array<number>(runs).fill(0), count: 0 };
  tallies.set(name, tally);
  return tally;
};

/** Percentages of each run. */
const percentages = ({ sums, count }: Tally): number[] => sums.map((sum) => (sum / count) * 100);

const rounded = (tally: Tally): number => numpyRound(meanOf(percentages(tally)), 1);

function standardDeviation(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

/** A capability set as text: names sorted, because the script's order is that of a Python set. */
const integrationOf = (capabilities: readonly string[]): string =>
  [...new Set(capabilities)].sort().join('_');

/** Names with the most questions first. */
const byCount = (tallies: ReadonlyMap<string, Tally>): [string, Tally][] =>
  [...tallies].sort(([, a], [, b]) => b.count - a.count);

const metricsOf = (tallies: ReadonlyMap<string, Tally>): { [key: string]: MetricValue } =>
  Object.fromEntries(byCount(tallies).map(([name, tally]) => [name, rounded(tally)]));

function itemOf(
  [id, { answer: gold }]: readonly [string, { readonly answer: string }],
  answers: MmVetAnswers,
): ItemRecord {
  const grades = answers.grades.get(id)?.score;
  const answer = answers.texts.get(id) ?? null;
  return {
    id,
    gold,
    answer,
    parsed: grades ?? null,
    rule: grades ? 'mean of the recorded grades' : answer === null ? 'no answer' : 'not graded yet',
    score: grades ? meanOf(grades) : 0,
  };
}

/** The judges that gave the grades. */
const judgesOf = (grades: Iterable<MmVetGrades>): string[] => [
  ...new Set([...grades].flatMap(({ model }) => model)),
];

/**
 * Aggregates a judge's recorded grades as `export_result` does; without grades it says how many answers a judge would
 * have to read.
 *
 * Source: yuweihao/MM-Vet mm-vet_evaluator.py.
 */
export function scoreMmVet({ questions }: MmVetData, answers: MmVetAnswers): Score {
  const { grades } = answers;
  const items = [...questions].map((question) => itemOf(question, answers));
  const ungraded = items.filter(({ parsed }) => parsed === null).length;
  const runs = Math.min(...Array.from(grades.values(), ({ score }) => score.length));
  if (grades.size === 0 || runs === 0) {
    return { metrics: { judged: 0, to_judge: ungraded }, denominator: questions.size, items };
  }
  const capabilities = new Map<string, Tally>();
  const integrations = new Map<string, Tally>();
  const total: Tally = { sums: new Array<number>(runs).fill(0), count: questions.size };
  const tallies = (own: readonly string[]): Tally[] => [
    ...[...new Set(own)].map((name) => tallyOf(capabilities, name, runs)),
    tallyOf(integrations, integrationOf(own), runs),
  ];
  for (const { capability } of questions.values()) {
    for (const tally of tallies(capability)) tally.count++;
  }
  for (const [id, { score }] of grades) {
    const question = questions.get(id);
    if (!question) continue;
    for (const tally of [...tallies(question.capability), total]) {
      for (let run = 0; run < runs; run++) tally.sums[run]! += score[run]!;
    }
  }
  const totals = percentages(total);
  const printedRuns = totals.map((value) => formatFloat(numpyRound(value, 1))).join(', ');
  return {
    metrics: {
      capabilities: {
        ...metricsOf(capabilities),
        total: rounded(total),
        std: numpyRound(standardDeviation(totals), 1),
        runs: `[${printedRuns}]`,
      },
      'integrations (capability names sorted, joined by _)': metricsOf(integrations),
      judges: judgesOf(grades.values()),
      judged: items.length - ungraded,
      to_judge: ungraded,
    },
    denominator: questions.size,
    items,
  };
}
