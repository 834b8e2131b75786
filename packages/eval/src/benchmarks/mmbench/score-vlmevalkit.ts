import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { canInfer, type InferredOption } from '../../scoring/choice/can-infer.js';
import { reportAccuracy } from '../../scoring/choice/report-accuracy.js';
import { quotient } from '../../scoring/confusion.js';
import { pythonTrim } from '../../scoring/python/text.js';
import type { MmBenchData, MmBenchRow } from './data.js';
import { type AnsweredRow, answeredRows, firstPasses, type Passes, passesOf } from './passes.js';

/** What VLMEvalKit reads for a missing or empty prediction. */
const MISSING = 'nan';

/** The option of a row by itself: of the answer without blanks at its ends. */
function inferRow({ row, answer }: AnsweredRow): InferredOption {
  return canInfer(pythonTrim(answer || MISSING), row.options);
}

const isHit = (answered: AnsweredRow): boolean =>
  inferRow(answered).option === answered.row.gold && answered.row.gold !== null;

/**
 * True when every pass is right. A wrong letter ends a question at once; one that cannot be inferred is tried again
 * without blanks, after which VLMEvalKit would ask a judge and exact matching gives up.
 */
function isCircularHit({ rows }: Passes): boolean {
  return rows.every(
    (answered) =>
      (canInfer(answered.answer || MISSING, answered.row.options).option ??
        inferRow(answered).option) === answered.row.gold,
  );
}

const share = (hits: number, all: number): number | null => quotient(hits, all);

function itemOf(answered: AnsweredRow): ItemRecord {
  const { row, answer } = answered;
  const { option, rule } = inferRow(answered);
  return {
    id: row.index,
    gold: row.gold,
    answer: answer ?? null,
    parsed: option,
    rule: answer === undefined ? 'no answer' : rule,
    score: Number(isHit(answered)),
  };
}

/** Rows that only a judge could decide. */
const countForJudge = (items: readonly ItemRecord[]): number =>
  items.filter(({ parsed, answer }) => parsed === null && answer !== null).length;

/**
 * VLMEvalKit's exact matching: `circular` needs every pass of a question right, `vanilla` takes each row by itself.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/multiple_choice.py and vlmeval/utils/matching_util.py.
 */
export function scoreByVlmEvalKit(data: MmBenchData, answers: readonly Answer[]): Score {
  const rows = answeredRows(data, answers);
  const questions = passesOf(rows);
  const hits = questions.filter(isCircularHit);
  const hitMains = new Set<MmBenchRow>(hits.map(({ main }) => main));
  const first = firstPasses(rows);
  const items = rows.map(itemOf);
  const vanillaHits = items.filter(({ score }) => score === 1).length;
  const metrics: Record<string, MetricValue> = {
    circular_overall: share(hits.length, questions.length),
    groups: questions.length,
    circular_hits: hits.length,
    vanilla_all: share(vanillaHits, rows.length),
    rows: rows.length,
    vanilla_first_pass: share(first.filter(isHit).length, first.length),
    report_acc: reportAccuracy(
      questions.map(({ main }) => main),
      (row) => hitMains.has(row),
    ),
    to_judge: countForJudge(items),
  };
  return { metrics, denominator: questions.length, items };
}

/** Whether each question is right in every pass, by the index of its first pass. */
export function circularHits(
  data: MmBenchData,
  answers: readonly Answer[],
): ReadonlyMap<string, boolean> {
  const questions = passesOf(answeredRows(data, answers));
  return new Map(questions.map((passes) => [passes.main.index, isCircularHit(passes)]));
}
