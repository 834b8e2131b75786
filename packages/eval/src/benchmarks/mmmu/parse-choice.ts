import { pythonTrimOf, pythonWords } from '../../scoring/python/text.js';

/** What the parser of multiple-choice answers found. */
interface ParsedChoice {
  /** Letters that stand in the answer, in the order of the options; empty where the script guesses. */
  readonly candidates: readonly string[];
  /** The letter that counts; undefined where the script guesses. */
  readonly letter: string | undefined;
  readonly rule: string;
}

const MARKS = [',', '.', '!', '?', ';', ':', "'"];
/** Option texts are looked for in answers of more words than this. */
const SHORT_ANSWER_WORDS = 5;

/** One way of writing an option: what makes it a candidate, and what its place is looked up by. */
interface Written {
  readonly letter: string;
  readonly needle: string;
  /** `needle` by default. */
  readonly placedBy?: string;
}

/** Candidates by one way of writing options; of several, the one whose last place is furthest right, else the first. */
function choose(text: string, written: readonly Written[], rule: string): ParsedChoice | undefined {
  const found = written
    .filter(({ needle }) => text.includes(needle))
    .map(({ letter, needle, placedBy = needle }) => ({
      letter,
      place: text.lastIndexOf(placedBy),
    }));
  const [first] = found;
  if (!first) return undefined;
  const last = found.reduce((best, one) => (one.place > best.place ? one : best), first);
  return { candidates: found.map(({ letter }) => letter), letter: last.letter, rule };
}

/** The options by letter, in order. */
interface Options {
  readonly letters: readonly string[];
  /** Text of each option by letter. */
  readonly optionTexts: Readonly<Record<string, string>>;
}

/** A rule that finds an option in an answer without the marks at its ends, a blank on either side. */
type ChoiceRule = (text: string, options: Options) => ParsedChoice | undefined;

const inParentheses: ChoiceRule = (text, { letters }) =>
  choose(
    text,
    letters.map((letter) => ({ letter, needle: `(${letter})` })),
    'letter in parentheses',
  );

const betweenBlanks: ChoiceRule = (text, { letters }) =>
  choose(
    text,
    letters.map((letter) => ({ letter, needle: ` ${letter} ` })),
    'letter between blanks',
  );

/** A letter that ends a word will do, but its place is that of a letter between blanks. */
const beforeBlank: ChoiceRule = (text, { letters }) =>
  choose(
    text,
    letters.map((letter) => ({ letter, needle: `${letter} `, placedBy: ` ${letter} ` })),
    'letter before a blank',
  );

/** The place is that of a letter between blanks here too: of several, the first. */
const beforePeriod: ChoiceRule = (text, { letters }) =>
  choose(
    text,
    letters.map((letter) => ({ letter, needle: `${letter}.`, placedBy: ` ${letter} ` })),
    'letter before a period',
  );

const byOptionText: ChoiceRule = (text, { optionTexts }) =>
  pythonWords(text).length <= SHORT_ANSWER_WORDS
    ? undefined
    : choose(
        text.toLowerCase(),
        Object.entries(optionTexts).map(([letter, option]) => ({
          letter,
          needle: option.toLowerCase(),
        })),
        'option text in the answer',
      );

const parserOf =
  (rules: readonly ChoiceRule[]) =>
  (response: string, options: Options): ParsedChoice => {
    const text = ` ${MARKS.reduce(pythonTrimOf, response)} `;
    for (const rule of rules) {
      const found = rule(text, options);
      if (found) return found;
    }
    return { candidates: [], letter: undefined, rule: 'random guess' };
  };

/** Parses an answer to a question with options. */
export type ChoiceParser = (response: string, options: Options) => ParsedChoice;

/**
 * MMMU's parser of multiple-choice answers.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/utils/eval_utils.py `parse_multi_choice_response`.
 */
export const parseChoice: ChoiceParser = parserOf([inParentheses, betweenBlanks, byOptionText]);

/**
 * lmms-eval's parser, which takes letters that end a word and letters with a period before it looks for texts.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/_task_utils/mmmu_mcq_utils.py `parse_mmmu_multi_choice_response`.
 */
export const parseChoiceAsLmmsEval: ChoiceParser = parserOf([
  inParentheses,
  beforeBlank,
  beforePeriod,
  byOptionText,
]);
