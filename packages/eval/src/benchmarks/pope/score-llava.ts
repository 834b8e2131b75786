import type { ItemRecord, Score } from '../../benchmark.js';
import { confusionOf, f1Of, quotient } from '../../scoring/confusion.js';
import { formatFixed, formatFloat } from '../../scoring/python/number.js';
import type { Split } from './splits.js';

const NEGATIONS = ['No', 'not', 'no'];

/** Yes unless one of the blank-separated words before the first period is a negation. */
function parseYesOrNo(answer: string): { parsed: 'yes' | 'no'; rule: string } {
  const sentence = answer.split('.', 1)[0]!.replaceAll(',', '');
  const negation = NEGATIONS.find((word) => sentence.split(' ').includes(word));
  return negation === undefined
    ? { parsed: 'yes', rule: 'no negation' }
    : { parsed: 'no', rule: `the word ${negation}` };
}

/** Numbers of one split; null where the script divides by zero. */
interface SplitMetrics {
  readonly [key: string]: number | null;
  readonly samples: number;
  readonly f1: number | null;
}

function scoreSplit({ answers, labels, name }: Split): {
  metrics: SplitMetrics;
  items: ItemRecord[];
  printed: string;
} {
  const parsed = answers.map(({ text }) => parseYesOrNo(text));
  const paired = parsed.slice(0, labels.length);
  const counts = confusionOf(
    paired.map(({ parsed: answer }, row) => ({
      predicted: answer === 'yes',
      actual: labels[row] !== 'no',
    })),
  );
  const { TP, FP, TN, FN } = counts;
  const precision = quotient(TP, TP + FP);
  const recall = quotient(TP, TP + FN);
  const accuracy = quotient(TP + TN, TP + FP + TN + FN);
  const f1 = f1Of(precision, recall);
  const yesRatio = quotient(parsed.filter((one) => one.parsed === 'yes').length, parsed.length);
  const items = paired.map(({ parsed: answer, rule }, row): ItemRecord => {
    const { id, text } = answers[row]!;
    const gold = labels[row] === 'no' ? 'no' : 'yes';
    return { id, gold, answer: text, parsed: answer, rule, score: Number(answer === gold) };
  });
  const float = (value: number | null): string => (value === null ? '–' : formatFloat(value));
  const line = [f1, accuracy, precision, recall, yesRatio];
  const printed = [
    `Category: ${name}, # samples: ${answers.length}`,
    'TP\tFP\tTN\tFN\t',
    `${TP}\t${FP}\t${TN}\t${FN}`,
    `Accuracy: ${float(accuracy)}`,
    `Precision: ${float(precision)}`,
    `Recall: ${float(recall)}`,
    `F1 score: ${float(f1)}`,
    `Yes ratio: ${float(yesRatio)}`,
    line.map((value) => (value === null ? '–' : formatFixed(value, 3))).join(', '),
    '====================================',
    '',
  ].join('\n');
  const metrics = {
    samples: answers.length,
    ...counts,
    accuracy,
    precision,
    recall,
    f1,
    yes_ratio: yesRatio,
  };
  return { metrics, items, printed };
}

/**
 * LLaVA's rule: each split by itself; `average_f1`, which AutoPrune prints, is the mean of the splits' F1.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_pope.py.
 */
export function scoreByLlava(splits: readonly Split[]): Score {
  const scored = splits.map((split) => ({ name: split.name, ...scoreSplit(split) }));
  const f1s = scored.map(({ metrics }) => metrics.f1);
  const average = f1s.includes(null)
    ? null
    : quotient(
        f1s.reduce<number>((sum, f1) => sum + (f1 ?? 0), 0),
        f1s.length,
      );
  return {
    metrics: {
      per_category: Object.fromEntries(scored.map(({ name, metrics }) => [name, metrics])),
      average_f1: average,
    },
    denominator: scored.reduce((sum, { items }) => sum + items.length, 0),
    items: scored.flatMap(({ items }) => items),
    printed: scored.map(({ printed }) => printed).join(''),
  };
}
