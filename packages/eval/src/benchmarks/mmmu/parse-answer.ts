import type { Answer } from '../../answers.js';
import type { ItemRecord } from '../../benchmark.js';
import { type PythonRandom, pythonRandom } from '../../scoring/python/random.js';
import type { MmmuGold, MmmuQuestion } from './data.js';
import type { ChoiceParser } from './parse-choice.js';
import { isOpenRight, parseOpen } from './parse-open.js';

/** The stream of letters that a script draws where it finds no option. */
export interface Guesses {
  readonly seed: number;
  readonly random: PythonRandom;
}

/** Guesses from the start of the stream. */
export const guessesFrom = (seed: number): Guesses => ({ seed, random: pythonRandom(seed) });

/** An answer as parsed; `guessed` where the script drew a letter at random. */
export interface ParsedAnswer {
  readonly value: string | readonly (string | number)[];
  readonly rule: string;
  readonly guessed: boolean;
}

const isNonEmpty = (letters: readonly string[]): letters is readonly [string, ...string[]] =>
  letters.length > 0;

/** An open answer as parsed. */
export const parsedOpen = (response: string): ParsedAnswer => ({
  value: parseOpen(response),
  rule: 'tails and numbers of an open answer',
  guessed: false,
});

/** Parses an answer; where no option is found, the next letter of `guesses` is taken. */
export function parseAnswer(
  question: MmmuQuestion,
  response: string,
  parseLetter: ChoiceParser,
  guesses: Guesses,
): ParsedAnswer {
  if (!question.isChoice) return parsedOpen(response);
  const { letter, rule } = parseLetter(response, question);
  if (letter !== undefined) return { value: letter, rule, guessed: false };
  const guess = isNonEmpty(question.letters) ? guesses.random.choice(question.letters) : '';
  return {
    value: guess,
    rule: `random guess ${guess} (Python's generator, seed ${guesses.seed})`,
    guessed: true,
  };
}

const isRight = (golds: readonly string[], value: ParsedAnswer['value']): boolean =>
  typeof value === 'string' ? golds.includes(value) : isOpenRight(golds, value);

/** What became of an answer: one of the golds has to fit. */
export function itemOf(
  { golds }: MmmuGold,
  { id, text }: Answer,
  parsed: ParsedAnswer,
): ItemRecord {
  const score = Number(isRight(golds, parsed.value));
  const seen = parsed.guessed ? null : parsed.value;
  return { id, gold: golds, answer: text, parsed: seen, rule: parsed.rule, score };
}
