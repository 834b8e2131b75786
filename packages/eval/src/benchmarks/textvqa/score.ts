import { AutopruneError } from '@autoprune/core';
import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { sumOf } from '../../scoring/average.js';
import { formatFixed } from '../../scoring/python/number.js';
import { leaveOneOutAccuracy } from '../../scoring/vqa/human-answers.js';
import { normaliseM4cAnswer, remembered } from '../../scoring/vqa/normalise.js';
import { answerKey, type TextVqaData, type TextVqaRun } from './data.js';

const HUMAN_ANSWERS = 10;

/** Score of an answer against ten human ones, all normalised. */
function accuracyOf(parsed: string, humans: readonly string[]): number {
  return humans.includes(parsed) ? leaveOneOutAccuracy(humans.map((one) => one === parsed)) : 0;
}

function scoreRun({ gold }: TextVqaData, { name, answers }: TextVqaRun): Score {
  const normalise = remembered(normaliseM4cAnswer);
  const items = answers.flatMap((answer): ItemRecord[] => {
    const humans = gold.get(answerKey(answer));
    if (!humans) return [];
    if (humans.length !== HUMAN_ANSWERS) {
      throw new AutopruneError(
        'DATA_INVALID',
        `TextVQA question of image ${answer.id} has ${humans.length} human answers where ${HUMAN_ANSWERS} are needed`,
        { id: answer.id, count: humans.length },
      );
    }
    const parsed = normalise(answer.text);
    return [
      {
        id: answer.id,
        gold: humans,
        answer: answer.text,
        parsed,
        rule: 'equal to human answers, both by m4c',
        score: accuracyOf(parsed, humans.map(normalise)),
      },
    ];
  });
  const accuracy = 100 * (sumOf(items.map(({ score }) => score)) / items.length);
  const printed = `${formatFixed(accuracy, 2)}%`;
  return {
    metrics: { accuracy_percent: accuracy, printed },
    denominator: items.length,
    items,
    printed: `${name}\nSamples: ${items.length}\nAccuracy: ${printed}\n\n`,
  };
}

/**
 * The m4c evaluator's accuracy over the answers that are there; several files are scored each by itself,
 * under their names; the only one also without a name.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_textvqa.py and m4c_evaluator.py.
 */
export function scoreTextVqa(data: TextVqaData, runs: readonly TextVqaRun[]): Score {
  const scores = runs.map((run) => scoreRun(data, run));
  const named = runs.flatMap(({ name, isNamed }, row) =>
    isNamed ? [[name, scores[row]!.metrics] as const] : [],
  );
  const [only, ...more] = scores;
  const single = only && more.length === 0 ? (only.metrics as Record<string, MetricValue>) : {};
  return {
    metrics: { ...single, ...Object.fromEntries(named) },
    denominator: sumOf(scores.map(({ denominator }) => denominator)),
    items: scores.flatMap(({ items }) => [...items]),
    printed: scores.map(({ printed }) => printed).join(''),
  };
}
