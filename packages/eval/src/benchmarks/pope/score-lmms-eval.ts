import type { Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { f1Of, quotient } from '../../scoring/confusion.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { type Pair, pairsOf, pooledMetrics } from './pairs.js';
import type { Split } from './splits.js';

/** Lower-cased without blanks at the ends; the script compares the whole answer with the label. */
const parse = (text: string): string => pythonTrim(text.toLowerCase());

function metricsOf(pairs: readonly Pair[]): MetricValue {
  const count = (label: string, answer: string): number =>
    pairs.filter((pair) => pair.label === label && parse(pair.answer) === answer).length;
  const truePositives = count('yes', 'yes');
  const precision = quotient(truePositives, truePositives + count('no', 'yes'));
  const recall = quotient(truePositives, truePositives + count('yes', 'no'));
  const right = pairs.filter(({ answer, label }) => parse(answer) === label).length;
  return {
    accuracy: quotient(right, pairs.length),
    precision,
    recall,
    f1_score: f1Of(precision, recall),
    // The script counts the labels here, not the answers.
    yes_ratio: quotient(pairs.filter(({ label }) => label === 'yes').length, pairs.length),
  };
}

/**
 * lmms-eval's rule: the whole answer must be the label.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/pope/utils.py.
 */
export function scoreByLmmsEval(splits: readonly Split[]): Score {
  const pairs = splits.flatMap(pairsOf);
  return {
    metrics: pooledMetrics(splits, metricsOf),
    denominator: pairs.length,
    items: pairs.map(({ id, answer, label }) => {
      const parsed = parse(answer);
      const known = parsed === 'yes' || parsed === 'no';
      return {
        id,
        gold: label,
        answer,
        parsed: known ? parsed : null,
        rule: known ? 'the whole answer' : 'neither yes nor no',
        score: Number(parsed === label),
      };
    }),
  };
}
