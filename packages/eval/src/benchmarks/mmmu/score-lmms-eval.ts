import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import { pythonText } from '../../scoring/python/literal.js';
import { printableTable } from './accuracy.js';
import type { MmmuAnswers } from './answers.js';
import type { MmmuData, MmmuQuestion } from './data.js';
import {
  type Guesses,
  guessesFrom,
  itemOf,
  type ParsedAnswer,
  parseAnswer,
} from './parse-answer.js';
import { parseChoiceAsLmmsEval } from './parse-choice.js';
import { accuraciesOf } from './score.js';

/** `random.seed` of an evaluation unless `--seed` says otherwise. */
const SEED = 0;
const DIGITS = 5;

/** What the script compares of an open answer, from the list that its parser made. */
type OpenRule = (parsed: ParsedAnswer) => ParsedAnswer;

/**
 * The first of the list as a text, whose characters the script then takes for the list: no gold answer fits in one. Which
 * is the first changes with every run of Python and changes nothing.
 */
const firstAsCharacters: OpenRule = (parsed) => ({
  ...parsed,
  value: [...pythonText(parsed.value[0] ?? '')],
  rule: 'characters of an open answer, none of which can be right',
});

/** One list of gold answers is a text in the data set, and lmms-eval leaves it that. */
const asStored = ({ golds }: MmmuQuestion): readonly string[] =>
  golds.length === 1 ? golds : [pythonText(golds)];

function scoreAnswer(
  question: MmmuQuestion,
  answer: Answer,
  openRule: OpenRule | undefined,
  guesses: Guesses,
): ItemRecord {
  const parsed = parseAnswer(question, answer.text, parseChoiceAsLmmsEval, guesses);
  if (question.isChoice) return itemOf(question, answer, parsed);
  const gold = { isChoice: false, golds: asStored(question) };
  return itemOf(gold, answer, openRule ? openRule(parsed) : parsed);
}

function scoreByRule(
  { questions }: MmmuData,
  { responses, parsed }: MmmuAnswers,
  openRule?: OpenRule,
): Score {
  const guesses = guessesFrom(SEED);
  const answerOf = new Map([...parsed, ...responses].map((answer) => [answer.id, answer]));
  // Guesses come from one stream, in the order of the data.
  const items = questions.flatMap((question) => {
    const answer = answerOf.get(question.id);
    return answer ? [scoreAnswer(question, answer, openRule, guesses)] : [];
  });
  const table = printableTable(accuraciesOf(items), DIGITS);
  return {
    metrics: {
      mmmu_acc: table.Overall!.acc,
      table,
      random_fallback_ids: items.flatMap(({ id, parsed: found }) => (found === null ? [id] : [])),
    },
    denominator: items.length,
    items,
  };
}

/**
 * lmms-eval since its commit 736454b5 of June 2025, by which open answers are never right (see docs/decisions/0034).
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/mmmu/utils.py `mmmu_process_results`, `mmmu_aggregate_results`.
 */
export const scoreByLmmsEval = (data: MmmuData, answers: MmmuAnswers): Score =>
  scoreByRule(data, answers, firstAsCharacters);

/** lmms-eval before that commit: a gold answer may stand anywhere in an open answer, as in MMMU's own script. */
export const scoreByOldLmmsEval = (data: MmmuData, answers: MmmuAnswers): Score =>
  scoreByRule(data, answers);
