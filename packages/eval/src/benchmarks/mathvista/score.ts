import type { ItemRecord, Score } from '../../benchmark.js';
import { Groups } from '../../groups.js';
import type { MetricValue } from '../../metrics.js';
import { quotient } from '../../scoring/confusion.js';
import type { Problem, Problems } from './data.js';
import { extractByRule } from './extract.js';
import { normaliseAnswer } from './normalise.js';

const listOf = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

const GROUPS: readonly (readonly [name: string, keys: (problem: Problem) => readonly string[]])[] =
  [
    ['question_type', ({ question_type: type }) => [type]],
    ['answer_type', ({ answer_type: type }) => [type]],
    ['language', ({ metadata }) => listOf(metadata?.language)],
    ['source', ({ metadata }) => listOf(metadata?.source)],
    ['category', ({ metadata }) => listOf(metadata?.category)],
    ['task', ({ metadata }) => listOf(metadata?.task)],
    ['context', ({ metadata }) => listOf(metadata?.context)],
    ['grade', ({ metadata }) => listOf(metadata?.grade)],
    ['skills', ({ metadata }) => [...new Set(metadata?.skills)]],
  ];

interface Judged {
  readonly problem: Problem;
  readonly item: ItemRecord;
}

/** The extraction of the file, else what can be taken out by rule; `null` where only a model could. */
function extractionOf(problem: Problem): string | null {
  if (problem.extraction !== undefined) return problem.extraction;
  return extractByRule(problem.response ?? '', problem) ?? null;
}

function judge(id: string, problem: Problem): Judged {
  const extraction = extractionOf(problem);
  const gold = problem.answer ?? null;
  const needsModel = extraction === null && problem.extraction === undefined;
  const { prediction, rule } = needsModel
    ? { prediction: null, rule: 'needs a model to extract the answer' }
    : normaliseAnswer(extraction, problem);
  const item = {
    id,
    gold,
    answer: problem.response ?? extraction,
    parsed: prediction,
    rule,
    score: Number(prediction !== null && prediction === gold),
  };
  return { problem, item };
}

function tally(judged: readonly Judged[]): {
  accuracy: number | null;
  correct: number;
  total: number;
} {
  const correct = judged.filter(({ item }) => item.score === 1).length;
  return { accuracy: quotient(correct, judged.length), correct, total: judged.length };
}

/** Accuracy of each value of a column, best first; equals keep the order in which they come up. */
function breakdown(
  judged: readonly Judged[],
  keysOf: (problem: Problem) => readonly string[],
): Record<string, MetricValue> {
  const groups = new Groups<string, Judged>();
  for (const one of judged) for (const key of keysOf(one.problem)) groups.add(key, one);
  const tallies = groups.entries().map(([key, group]) => [key, tally(group)] as const);
  tallies.sort(([, first], [, second]) => (second.accuracy ?? 0) - (first.accuracy ?? 0));
  return Object.fromEntries(tallies);
}

/**
 * MathVista's accuracy, in total and by every column of the data.
 *
 * Source: lupantech/MathVista evaluation/calculate_score.py.
 *
 * @param problems  the data
 * @param outputs  the same problems with response and extraction
 */
export function scoreMathVista(problems: Problems, outputs: Problems): Score {
  const judged = Array.from(outputs).flatMap(([pid, output]) => {
    const problem = problems.get(pid);
    if (!problem) return [];
    const { response, extraction } = output;
    return [
      judge(pid, {
        ...problem,
        ...output,
        answer: output.answer ?? problem.answer,
        response,
        extraction,
      }),
    ];
  });
  return {
    metrics: {
      ...tally(judged),
      ...Object.fromEntries(GROUPS.map(([name, keys]) => [name, breakdown(judged, keys)])),
    },
    denominator: judged.length,
    items: judged.map(({ item }) => item),
  };
}
