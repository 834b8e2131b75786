import type { Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { confusionOf } from '../../scoring/confusion.js';
import { extractYesOrNo } from '../../scoring/yes-or-no.js';
import { type Pair, pairsOf, pooledMetrics } from './pairs.js';
import type { Split } from './splits.js';

const goldOf = (pair: Pair): string => (pair.label === 'no' ? 'No' : 'Yes');

/** Percentages; a quotient of nothing is 0 here. */
function metricsOf(pairs: readonly Pair[]): MetricValue {
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const extracted = pairs.map((pair) => ({
    answer: extractYesOrNo(pair.answer),
    gold: goldOf(pair),
  }));
  const { TP, FP, FN } = confusionOf(
    extracted.map(({ answer, gold }) => ({ predicted: answer === 'Yes', actual: gold === 'Yes' })),
  );
  const precision = share(TP, TP + FP);
  const recall = share(TP, TP + FN);
  const right = extracted.filter(({ answer, gold }) => answer === gold).length;
  return {
    Overall: share(2 * precision * recall, precision + recall) * 100,
    acc: share(right, pairs.length) * 100,
    precision: precision * 100,
    recall: recall * 100,
  };
}

/**
 * VLMEvalKit's rule without a judge: `Overall` is F1, over all splits pooled and for each.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/yorn.py `POPE_rating`.
 */
export function scoreByVlmEvalKit(splits: readonly Split[]): Score {
  const pairs = splits.flatMap(pairsOf);
  return {
    metrics: pooledMetrics(splits, metricsOf),
    denominator: pairs.length,
    items: pairs.map((pair) => {
      const parsed = extractYesOrNo(pair.answer);
      return {
        id: pair.id,
        gold: goldOf(pair),
        answer: pair.answer,
        parsed,
        rule: parsed === null ? 'both of yes and no, or neither' : 'one of the words yes and no',
        score: Number(parsed === goldOf(pair)),
      };
    }),
  };
}
