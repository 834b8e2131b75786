import type { ItemRecord, Score } from '../../benchmark.js';
import { formatFloat, pythonRound } from '../../scoring/python/number.js';
import type { AnsweredRow } from '../row-benchmark.js';
import { extractAnswer } from './extract.js';
import { type Comparison, compareAnswers } from './is-equal.js';

/** One question. */
interface MathVisionFields {
  /** Option texts in order, none for an open question. */
  readonly options: readonly string[];
  /** A letter, or the value. */
  readonly answer: string;
  readonly level: number;
  readonly subject: string;
}

type Rows = readonly AnsweredRow<MathVisionFields>[];

interface Judged {
  readonly item: ItemRecord;
  readonly by: Comparison['by'];
}

const RULES: Readonly<Record<Comparison['by'], string>> = {
  text: 'same text as the gold answer or its option',
  number: 'same number of two decimals: the script needs a computer algebra system',
  undecided: 'no value without a computer algebra system',
};

/** Gold as written, then the text of the option that it names. */
function judge({ id, fields, answer }: AnsweredRow<MathVisionFields>): Judged {
  const parsed = extractAnswer(answer);
  const place = fields.answer.charCodeAt(0) - 'A'.charCodeAt(0);
  const option = fields.options.length > 0 ? (fields.options[place] ?? '') : '';
  const comparisons = [compareAnswers(fields.answer, parsed), compareAnswers(option, parsed)];
  const found = comparisons.find(({ equal }) => equal);
  const by =
    found?.by ?? (comparisons.some((one) => one.by === 'undecided') ? 'undecided' : 'text');
  const item = {
    id,
    gold: fields.answer,
    answer,
    parsed: parsed === '' ? null : parsed,
    rule: found || by === 'undecided' ? RULES[by] : 'neither the gold answer nor its option',
    score: Number(found !== undefined),
  };
  return { item, by };
}

/** The groups of a question in the script's result file. */
const groupsOf = ({ level, subject }: MathVisionFields): string[] => [
  '-all',
  `-level${level}`,
  subject,
  `${subject}_level${level}`,
  `-level${level}_${subject}`,
];

/** `right/total=percent%`, as the script writes it. */
const written = ({ right, total }: { right: number; total: number }): string =>
  `${right}/${total}=${formatFloat(pythonRound((right / total) * 100, 2))}%`;

/** The result file: every group in name order. */
function resultOf(rows: Rows, judged: readonly Judged[]): Record<string, string> {
  const groups = new Map<string, { right: number; total: number }>();
  rows.forEach(({ fields }, place) => {
    for (const name of groupsOf(fields)) {
      const { right, total } = groups.get(name) ?? { right: 0, total: 0 };
      groups.set(name, { right: right + judged[place]!.item.score, total: total + 1 });
    }
  });
  const sorted = [...groups].sort(([first], [second]) => (first < second ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, tally]) => [name, written(tally)]));
}

/**
 * MATH-Vision's accuracy, in total and by level and subject. Questions that only numeric LaTeX made right are listed, and
 * so are those that stay undecided without a computer algebra system.
 *
 * Source: mathllm/MATH-V evaluation/evaluate.py.
 */
export function scoreMathVision(rows: Rows): Score {
  const judged = rows.map(judge);
  const idsBy = (by: Comparison['by']): string[] =>
    judged.flatMap((one) => (one.by === by ? [one.item.id] : []));
  const result = resultOf(rows, judged);
  const needed = idsBy('number');
  const undecided = idsBy('undecided');
  return {
    metrics: {
      all: result['-all'] ?? '0/0=0',
      ids_that_need_latex2sympy: needed,
      ids_undecided_without_latex2sympy: undecided,
      counts: { need_latex2sympy: needed.length, undecided: undecided.length },
      result,
    },
    denominator: rows.length,
    items: judged.map(({ item }) => item),
  };
}
