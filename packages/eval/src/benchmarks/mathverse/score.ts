import type { ItemRecord, Score } from '../../benchmark.js';
import { judgeSummary } from '../../judge/summary.js';
import type { MetricValue } from '../../metrics.js';
import { quotient } from '../../scoring/confusion.js';
import { pythonRound } from '../../scoring/python/number.js';
import { pythonTrim } from '../../scoring/python/text.js';
import type { AnsweredRow } from '../row-benchmark.js';

/** One version of one problem. */
interface MathVerseFields {
  readonly problem_version: string;
  readonly answer: string;
  readonly metadata: {
    readonly subject?: string | undefined;
    readonly subfield?: string | undefined;
  };
}

type Row = AnsweredRow<MathVerseFields>;

interface Judged {
  readonly fields: MathVerseFields;
  readonly item: ItemRecord;
}

/** Right of all in percent with two decimals, as the script rounds it. */
function tally(judged: readonly Judged[]): MetricValue {
  const correct = judged.filter(({ item }) => item.score === 1).length;
  const share = quotient(correct, judged.length);
  const accuracy = share === null ? null : pythonRound(share * 100, 2);
  return { accuracy, correct, total: judged.length };
}

function tallyBy(
  judged: readonly Judged[],
  keyOf: (fields: MathVerseFields) => string | undefined,
): MetricValue {
  const names = [...new Set(judged.flatMap(({ fields }) => keyOf(fields) ?? []))];
  return Object.fromEntries(
    names.map((name) => [name, tally(judged.filter(({ fields }) => keyOf(fields) === name))]),
  );
}

function scoreOf(judged: readonly Judged[]): Score {
  return {
    metrics: {
      average: tally(judged),
      problem_version: tallyBy(judged, (fields) => fields.problem_version),
      subject: tallyBy(judged, ({ metadata }) => metadata.subject),
      subfield: tallyBy(judged, ({ metadata }) => metadata.subfield),
    },
    denominator: judged.length,
    items: judged.map(({ item }) => item),
  };
}

/** The answer must be the gold answer, blanks at the ends apart: lmms-eval's `quick_match`. */
export function scoreByText(rows: readonly Row[]): Score {
  return scoreOf(
    rows.map(({ id, fields, answer }) => {
      const parsed = pythonTrim(answer);
      const score = Number(parsed === fields.answer);
      return {
        fields,
        item: { id, gold: fields.answer, answer, parsed, rule: 'same text', score },
      };
    }),
  );
}

/** A judge's 1 or 0; null for anything else. */
export function readVerdict(reply: string): 0 | 1 | null {
  const [first] = reply.trim();
  if (first === '1') return 1;
  return first === '0' ? 0 : null;
}

/** A judge's verdict on each answer; one that it cannot be read from counts as wrong. */
export function scoreByJudge(rows: readonly Row[]): Score {
  const judged = rows.flatMap(({ id, fields, answer, reply }): Judged[] => {
    if (reply === undefined) return [];
    const parsed = readVerdict(reply.content);
    const rule = parsed === null ? 'no verdict in the judge’s reply' : `verdict of ${reply.model}`;
    return [
      { fields, item: { id, gold: fields.answer, answer, parsed, rule, score: parsed ?? 0 } },
    ];
  });
  const { metrics, ...score } = scoreOf(judged);
  const judges = judgeSummary(rows.map(({ reply }) => reply));
  return { ...score, metrics: { ...(metrics as { [key: string]: MetricValue }), ...judges } };
}
