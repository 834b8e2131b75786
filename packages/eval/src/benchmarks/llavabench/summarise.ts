import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { meanOrNull } from '../../scoring/average.js';
import { quotient } from '../../scoring/confusion.js';
import { formatFloat, pythonRound } from '../../scoring/python/number.js';
import type { Review, ReviewFile } from './reviews.js';

const ALL = 'all';
const MOST_POINTS = 10;
/** What the script writes where the judge's first line is not two numbers; it counts as a score. */
const UNPARSED = -1;

/** Reviews by category in name order, `all` among them. */
function byCategory(reviews: readonly Review[]): [string, Review[]][] {
  const groups = new Map<string, Review[]>([[ALL, [...reviews]]]);
  for (const review of reviews) {
    if (review.category === undefined) continue;
    groups.set(review.category, [...(groups.get(review.category) ?? []), review]);
  }
  return [...groups].sort(([first], [second]) => (first < second ? -1 : 1));
}

interface Means {
  readonly reference: number;
  readonly model: number;
}

const meansOf = (reviews: readonly Review[]): Means => ({
  reference: meanOrNull(reviews.map(({ scores }) => scores[0])) ?? Number.NaN,
  model: meanOrNull(reviews.map(({ scores }) => scores[1])) ?? Number.NaN,
});

/** The line of a category: the ratio of the *rounded* means in percent, then each mean times ten. */
function printedLine(category: string, means: Means): string {
  const reference = pythonRound(means.reference, 3);
  const model = pythonRound(means.model, 3);
  const numbers = [(model / reference) * 100, reference * 10, model * 10];
  return [category, ...numbers.map((value) => formatFloat(pythonRound(value, 1)))].join(' ');
}

function summariseFile({ name, reviews }: ReviewFile): {
  metrics: Record<string, MetricValue>;
  printed: string;
} {
  const groups = byCategory(reviews).map(([category, group]) => ({
    category,
    means: meansOf(group),
  }));
  const metrics = groups.map(({ category, means }): [string, MetricValue] => {
    const ratio = quotient(means.model, means.reference);
    return [
      category,
      {
        relative_percent: ratio === null ? null : ratio * 100,
        mean_reference: means.reference,
        mean_model: means.model,
      },
    ];
  });
  const lines = groups.map(({ category, means }) => printedLine(category, means));
  return {
    metrics: Object.fromEntries(metrics),
    printed: [name, ...lines, '='.repeat(33), ''].join('\n'),
  };
}

function itemOf(file: string, { question_id, content, scores, category }: Review): ItemRecord {
  const unparsed = scores.includes(UNPARSED);
  return {
    id: `${file}/${question_id}`,
    gold: category ?? null,
    answer: content,
    parsed: unparsed ? null : scores,
    rule: unparsed
      ? 'no two numbers on the first line: -1 is averaged in'
      : 'the judge’s two numbers',
    score: scores[1] / MOST_POINTS,
  };
}

/** A run's name in the metrics: `eval1` of `llava-v1.5-13b-eval1`, else the whole name. */
const runName = (name: string): string => /-(eval\d+)$/.exec(name)?.[1] ?? name;

/**
 * LLaVA's summary of review files: mean scores of reference and model by category, their ratio in percent.
 *
 * Source: haotian-liu/LLaVA llava/eval/summarize_gpt_review.py.
 */
export function summariseReviews(files: readonly ReviewFile[]): Score {
  const summaries = files.map((file) => ({ file, ...summariseFile(file) }));
  return {
    metrics: Object.fromEntries(
      summaries.map(({ file, metrics }) => [runName(file.name), metrics]),
    ),
    denominator: files.reduce((sum, { reviews }) => sum + reviews.length, 0),
    items: files.flatMap(({ name, reviews }) => reviews.map((review) => itemOf(name, review))),
    printed: summaries.map(({ printed }) => printed).join(''),
  };
}
