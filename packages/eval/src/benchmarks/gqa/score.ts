import type { ItemRecord, Score } from '../../benchmark.js';
import { Groups } from '../../groups.js';
import type { MetricValue } from '../../metrics.js';
import { meanOf } from '../../scoring/average.js';
import { formatFixed } from '../../scoring/python/number.js';
import { pythonWords } from '../../scoring/python/text.js';
import type { GqaAnswer, GqaData, GqaQuestion } from './data.js';
import { distributionOf } from './distribution.js';

const TRIVIAL_STEPS = ['exist', 'query: name', 'choose name'];

/** Reasoning steps of a question, without those that only look. */
function stepCount({ semantic }: GqaQuestion): number {
  return semantic.filter(({ operation, argument }) => {
    const step = `${operation}: ${argument}`;
    return !TRIVIAL_STEPS.some((trivial) => step.includes(trivial));
  }).length;
}

/** Mean in percent and number of questions of each group. */
type Table = readonly (readonly [name: string, percent: number, count: number])[];

function table<Name extends string | number>(
  groups: Groups<Name>,
  compare: (a: Name, b: Name) => number,
): Table {
  return groups
    .entries()
    .sort(([a], [b]) => compare(a, b))
    .map(([name, scores]) => [String(name), meanOf(scores) * 100, scores.length]);
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const byNumber = (a: number, b: number): number => a - b;

const toMetrics = (rows: Table): MetricValue =>
  Object.fromEntries(rows.map(([name, percent, n]) => [name, { percent, n }]));

const printRows = (title: string, rows: Table): string =>
  [
    '',
    `${title}:`,
    ...rows.map(([name, percent, n]) => `  ${name}: ${formatFixed(percent, 2)}% (${n} questions)`),
  ].join('\n');

/**
 * GQA's own accuracy: equality of strings on balanced questions. A question without a prediction, which the script
 * refuses, counts as wrong.
 *
 * Source: `eval.py` of the GQA site in the version of LLaVA's instructions.
 */
export function scoreGqa({ gold }: GqaData, answers: readonly GqaAnswer[]): Score {
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  const balanced = [...gold].filter(([, { isBalanced }]) => isBalanced);
  const items = balanced.map(([id, question]): ItemRecord => {
    const answer = byId.get(id);
    const hit = answer?.prediction === question.answer;
    const rule = answer ? (hit ? 'equal strings' : 'different strings') : 'no answer';
    return {
      id,
      gold: question.answer,
      answer: answer?.text ?? null,
      parsed: answer?.prediction ?? null,
      rule,
      score: Number(hit),
    };
  });
  const structural = new Groups<string>();
  const semantic = new Groups<string>();
  const steps = new Groups<number>();
  const lengths = new Groups<number>();
  const kinds = { binary: [] as number[], open: [] as number[] };
  balanced.forEach(([, question], row) => {
    const { score } = items[row]!;
    structural.add(question.types.structural, score);
    semantic.add(question.types.semantic, score);
    steps.add(stepCount(question), score);
    lengths.add(pythonWords(question.question).length, score);
    kinds[question.types.structural === 'query' ? 'open' : 'binary'].push(score);
  });
  const accuracy = meanOf(items.map(({ score }) => score)) * 100;
  const binary = meanOf(kinds.binary) * 100;
  const open = meanOf(kinds.open) * 100;
  const distribution = distributionOf(balanced, byId);
  const tables = [
    ['accuracyPerStructuralType', 'Accuracy / structural type', table(structural, byText)],
    ['accuracyPerSemanticType', 'Accuracy / semantic type', table(semantic, byText)],
    ['accuracyPerSteps', 'Accuracy / steps number', table(steps, byNumber)],
    ['accuracyPerLength', 'Accuracy / words number', table(lengths, byNumber)],
  ] as const;
  const percent = (title: string, value: number): string => `${title}: ${formatFixed(value, 2)}%`;
  return {
    metrics: {
      accuracy,
      binary,
      open,
      distribution,
      validity: 0,
      plausibility: 0,
      ...Object.fromEntries(tables.map(([key, , rows]) => [key, toMetrics(rows)])),
    },
    denominator: balanced.length,
    items,
    printed: [
      '',
      percent('Binary', binary),
      percent('Open', open),
      percent('Accuracy', accuracy),
      percent('Validity', 0),
      percent('Plausibility', 0),
      `Distribution: ${formatFixed(distribution, 2)} (lower is better)`,
      ...tables.map(([, title, rows]) => printRows(title, rows)),
      '',
    ].join('\n'),
  };
}
