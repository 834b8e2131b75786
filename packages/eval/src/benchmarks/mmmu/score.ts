import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import {
  type AccuracyBySubject,
  accuracyBySubject,
  disciplinesOf,
  printableTable,
  weightedAccuracy,
} from './accuracy.js';
import type { MmmuAnswers } from './answers.js';
import { type MmmuData, subjectOf } from './data.js';
import { guessesFrom, itemOf, type ParsedAnswer, parseAnswer, parsedOpen } from './parse-answer.js';
import { parseChoice } from './parse-choice.js';
import { SUBJECTS } from './subjects.js';

/** The module of the official parser seeds Python's generator once, when it is loaded. */
const SEED = 42;

const bySubject = (answers: readonly Answer[]): Answer[] =>
  SUBJECTS.flatMap((subject) => answers.filter(({ id }) => subjectOf(id) === subject));

/** Accuracies by subject of scored items. */
export const accuraciesOf = (items: readonly ItemRecord[]): AccuracyBySubject =>
  accuracyBySubject(items.map(({ id, score }) => ({ subject: subjectOf(id), right: score === 1 })));

/**
 * Parses responses and scores them. Where no option is found the official script draws a letter from one stream, so that
 * its guesses depend on the order of subjects and rows; the stream is the same here.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/main_parse_and_eval.py.
 */
export function scoreParsed({ questions }: MmmuData, answers: MmmuAnswers): Score {
  const guesses = guessesFrom(SEED);
  const questionOf = new Map(questions.map((question) => [question.id, question]));
  const responses = answers.responses.length > 0 ? answers.responses : answers.parsed;
  const scored = bySubject(responses).flatMap((answer) => {
    const question = questionOf.get(answer.id);
    if (!question) return [];
    const parsed = parseAnswer(question, answer.text, parseChoice, guesses);
    return [{ item: itemOf(question, answer, parsed), guessed: parsed.guessed }];
  });
  const items = scored.map(({ item }) => item);
  const accuracies = accuraciesOf(items);
  const known = scored.filter(({ guessed }) => !guessed);
  return {
    metrics: {
      parse_and_eval: {
        overall_acc: weightedAccuracy([...accuracies.values()]),
        num: items.length,
        per_domain: Object.fromEntries(
          disciplinesOf(accuracies).map(({ name, subjects }) => [
            name,
            weightedAccuracy(subjects.map(([, accuracy]) => accuracy)),
          ]),
        ),
        per_subject: Object.fromEntries(
          Array.from(accuracies, ([subject, accuracy]) => [subject, { ...accuracy }]),
        ),
      },
      without_random_fallback_ids: {
        num: known.length,
        correct: known.filter(({ item }) => item.score === 1).length,
      },
      random_fallback_ids: scored.flatMap(({ item, guessed }) => (guessed ? [item.id] : [])),
    },
    denominator: items.length,
    items,
  };
}

/** Answers as `total_val_output.json` would have them, made from responses. */
function totalOf({ questions }: MmmuData, responses: readonly Answer[]): Answer[] {
  const guesses = guessesFrom(SEED);
  const questionOf = new Map(questions.map((question) => [question.id, question]));
  return bySubject(responses).map((answer) => {
    const question = questionOf.get(answer.id);
    if (!question?.isChoice) return answer;
    return {
      ...answer,
      text: String(parseAnswer(question, answer.text, parseChoice, guesses).value),
    };
  });
}

/**
 * Scores letters that were parsed before; open answers are parsed here.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/main_eval_only.py.
 */
export function scoreTotal(data: MmmuData, answers: MmmuAnswers): Score {
  const total = answers.parsed.length > 0 ? answers.parsed : totalOf(data, answers.responses);
  const items = bySubject(total).flatMap((answer) => {
    const gold = data.golds.get(answer.id);
    if (!gold) return [];
    const parsed: ParsedAnswer = gold.isChoice
      ? { value: answer.text, rule: 'the whole answer', guessed: false }
      : parsedOpen(answer.text);
    return [itemOf(gold, answer, parsed)];
  });
  return {
    metrics: { eval_only: printableTable(accuraciesOf(items), 3) },
    denominator: items.length,
    items,
  };
}
