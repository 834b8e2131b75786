import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import { type PythonRandom, pythonRandom } from '../../scoring/python/random.js';
import {
  type AccuracyBySubject,
  accuracyBySubject,
  disciplinesOf,
  printableTable,
  weightedAccuracy,
} from './accuracy.js';
import type { MmmuAnswers } from './answers.js';
import { type MmmuData, type MmmuGold, type MmmuQuestion, subjectOf } from './data.js';
import { parseChoice } from './parse-choice.js';
import { isOpenRight, parseOpen } from './parse-open.js';
import { SUBJECTS } from './subjects.js';

/** The module of the official parser seeds Python's generator once, when it is loaded. */
const SEED = 42;

const isNonEmpty = (letters: readonly string[]): letters is readonly [string, ...string[]] =>
  letters.length > 0;

/** An answer as parsed; `guessed` where the script drew a letter at random. */
interface Parsed {
  readonly value: string | readonly (string | number)[];
  readonly rule: string;
  readonly guessed: boolean;
}

function parse(question: MmmuQuestion, response: string, random: PythonRandom): Parsed {
  if (!question.isChoice) {
    return {
      value: parseOpen(response),
      rule: 'tails and numbers of an open answer',
      guessed: false,
    };
  }
  const { letter, rule } = parseChoice(response, question.letters, question.optionTexts);
  if (letter !== undefined) return { value: letter, rule, guessed: false };
  const guess = isNonEmpty(question.letters) ? random.choice(question.letters) : '';
  return {
    value: guess,
    rule: `random guess ${guess} (Python's generator, seed 42)`,
    guessed: true,
  };
}

const isRight = ({ golds }: MmmuGold, value: Parsed['value']): boolean =>
  typeof value === 'string' ? golds.includes(value) : isOpenRight(golds, value);

function itemOf(gold: MmmuGold, { id, text }: Answer, parsed: Parsed): ItemRecord {
  const score = Number(isRight(gold, parsed.value));
  const seen = parsed.guessed ? null : parsed.value;
  return { id, gold: gold.golds, answer: text, parsed: seen, rule: parsed.rule, score };
}

const bySubject = (answers: readonly Answer[]): Answer[] =>
  SUBJECTS.flatMap((subject) => answers.filter(({ id }) => subjectOf(id) === subject));

const accuraciesOf = (items: readonly ItemRecord[]): AccuracyBySubject =>
  accuracyBySubject(items.map(({ id, score }) => ({ subject: subjectOf(id), right: score === 1 })));

/**
 * Parses responses and scores them. Where no option is found the official script draws a letter from one stream, so that
 * its guesses depend on the order of subjects and rows; the stream is the same here.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/main_parse_and_eval.py.
 */
export function scoreParsed({ questions }: MmmuData, answers: MmmuAnswers): Score {
  const random = pythonRandom(SEED);
  const questionOf = new Map(questions.map((question) => [question.id, question]));
  const responses = answers.responses.length > 0 ? answers.responses : answers.parsed;
  const scored = bySubject(responses).flatMap((answer) => {
    const question = questionOf.get(answer.id);
    if (!question) return [];
    const parsed = parse(question, answer.text, random);
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
  const random = pythonRandom(SEED);
  const questionOf = new Map(questions.map((question) => [question.id, question]));
  return bySubject(responses).map((answer) => {
    const question = questionOf.get(answer.id);
    if (!question?.isChoice) return answer;
    return { ...answer, text: String(parse(question, answer.text, random).value) };
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
    const parsed: Parsed = gold.isChoice
      ? { value: answer.text, rule: 'the whole answer', guessed: false }
      : {
          value: parseOpen(answer.text),
          rule: 'tails and numbers of an open answer',
          guessed: false,
        };
    return [itemOf(gold, answer, parsed)];
  });
  return {
    metrics: { eval_only: printableTable(accuraciesOf(items)) },
    denominator: items.length,
    items,
  };
}
