import { pythonTrimOf, pythonWords } from '../../scoring/python/text.js';

/** What the parser of multiple-choice answers found. */
export interface ParsedChoice {
  /** Letters that stand in the answer, in the order of the options; empty where the script guesses. */
  readonly candidates: readonly string[];
  /** The letter that counts; undefined where the script guesses. */
  readonly letter: string | undefined;
  readonly rule: string;
}

const MARKS = [',', '.', '!', '?', ';', ':', "'"];
/** Option texts are looked for in answers of more words than this. */
const SHORT_ANSWER_WORDS = 5;

/** Candidates by one way of writing an option; of several, the one whose last occurrence is furthest right. */
function choose(
  text: string,
  written: readonly (readonly [letter: string, needle: string])[],
  rule: string,
): ParsedChoice | undefined {
  const found = written
    .map(([letter, needle]) => ({ letter, position: text.lastIndexOf(needle) }))
    .filter(({ position }) => position >= 0);
  const [first] = found;
  if (!first) return undefined;
  const last = found.reduce((best, one) => (one.position > best.position ? one : best), first);
  return { candidates: found.map(({ letter }) => letter), letter: last.letter, rule };
}

/**
 * MMMU's parser of multiple-choice answers.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/utils/eval_utils.py `parse_multi_choice_response`.
 *
 * @param letters  option letters in order
 * @param optionTexts  text of each option by letter
 */
export function parseChoice(
  response: string,
  letters: readonly string[],
  optionTexts: Readonly<Record<string, string>>,
): ParsedChoice {
  const text = ` ${MARKS.reduce(pythonTrimOf, response)} `;
  const asText = (): ParsedChoice | undefined => {
    if (pythonWords(text).length <= SHORT_ANSWER_WORDS) return undefined;
    const lowered = Object.entries(optionTexts).map(
      ([letter, option]) => [letter, option.toLowerCase()] as const,
    );
    return choose(text.toLowerCase(), lowered, 'option text in the answer');
  };
  return (
    choose(
      text,
      letters.map((letter) => [letter, `(${letter})`]),
      'letter in parentheses',
    ) ??
    choose(
      text,
      letters.map((letter) => [letter, ` ${letter} `]),
      'letter between blanks',
    ) ??
    asText() ?? { candidates: [], letter: undefined, rule: 'random guess' }
  );
}
