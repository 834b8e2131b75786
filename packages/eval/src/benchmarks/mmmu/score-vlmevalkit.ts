import type { ItemRecord, Score } from '../../benchmark.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { type ReportedRow, reportAccuracy } from '../../scoring/choice/report-accuracy.js';
import { pythonText } from '../../scoring/python/literal.js';
import { countUnparsed } from '../../scoring/unparsed.js';
import type { MmmuAnswers } from './answers.js';
import { type MmmuData, type MmmuQuestion, splitOf, subjectOf } from './data.js';
import { DISCIPLINES } from './subjects.js';

const disciplineOf = (subject: string): string | null =>
  Object.entries(DISCIPLINES).find(([, subjects]) => subjects.includes(subject))?.[0] ?? null;

/** An open question becomes one with two options: its gold answer, and another. */
function asChoice({ isChoice, golds, optionTexts }: MmmuQuestion): {
  readonly options: Readonly<Record<string, string>>;
  readonly gold: string;
} {
  const answer = golds.length === 1 ? golds[0]! : pythonText(golds);
  return {
    options: isChoice ? optionTexts : { A: answer, B: 'Other Answers' },
    // An open question whose gold answer is a capital letter keeps that for its option, which it does not have.
    gold: /^[A-Z]$/.test(answer) ? answer : 'A',
  };
}

interface ScoredRow extends ReportedRow {
  readonly item: ItemRecord;
}

/** What an empty cell of the table of predictions is read as. */
const EMPTY_CELL = 'nan';

function scoreAnswer(question: MmmuQuestion, answer: string): ScoredRow {
  const { options, gold } = asChoice(question);
  const { option, rule } = canInfer(answer || EMPTY_CELL, options);
  const subject = subjectOf(question.id);
  return {
    split: question.split ?? splitOf(question.id),
    category: question.category ?? subject,
    l2Category: question.l2Category ?? disciplineOf(subject),
    item: { id: question.id, gold, answer, parsed: option, rule, score: Number(option === gold) },
  };
}

const isHit = ({ item }: ScoredRow): boolean => item.score === 1;

/** Of these splits VLMEvalKit prints one number, the first that is there. */
const MAIN_SPLITS = ['test', 'validation'];

function mainAccuracy(rows: readonly ScoredRow[]): number | null {
  const main = MAIN_SPLITS.find((name) => rows.some(({ split }) => split === name));
  const own = main === undefined ? rows : rows.filter(({ split }) => split === main);
  return own.length === 0 ? null : own.filter(isHit).length / own.length;
}

/**
 * VLMEvalKit's MMMU without a judge: open questions become multiple choice, and an answer that names no single option is
 * wrong.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/multiple_choice.py `MMMU_preproc`, `mcq_vanilla_eval`,
 * `report_acc`, and vlmeval/dataset/image_mcq.py `MMMUDataset`.
 */
export function scoreByVlmEvalKit(
  { questions }: MmmuData,
  { responses, parsed }: MmmuAnswers,
): Score {
  const answerOf = new Map([...parsed, ...responses].map(({ id, text }) => [id, text]));
  const rows = questions.flatMap((question) => {
    const answer = answerOf.get(question.id);
    return answer === undefined ? [] : [scoreAnswer(question, answer)];
  });
  const items = rows.map(({ item }) => item);
  return {
    metrics: {
      overall: mainAccuracy(rows),
      report_acc: reportAccuracy(rows, isHit),
      to_judge: countUnparsed(items),
    },
    denominator: items.length,
    items,
  };
}
