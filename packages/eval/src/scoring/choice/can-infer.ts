import { pythonLength, pythonWords, SPACE_CLASS } from '../python/text.js';

/** What `canInfer` found. */
export interface InferredOption {
  /** An option letter, `Z` for a refusal, or null. */
  readonly option: string | null;
  /** The rule that decided. */
  readonly rule: string;
}

const API_FAILURE = 'Failed to obtain answer via API';
const REFUSALS = [
  "Sorry, I can't help with images of people yet.",
  "I can't process this file.",
  "I'm sorry, but without the image provided",
  'Cannot determine the answer',
];
const PUNCTUATION = /[.()[\],:;!*#{}]/g;
/** A letter further from the end than this many words is not taken for the answer. */
const TAIL_WORDS = 5;
const PHRASE = new RegExp(
  `(?:correct[${SPACE_CLASS}]+)?answer[${SPACE_CLASS}]+is[${SPACE_CLASS}]+\\**([ABCD])\\**`,
  'iu',
);

type Options = Readonly<Record<string, string>>;

function inferLetter(answer: string, options: Options): InferredOption | undefined {
  if (answer.includes(API_FAILURE)) return undefined;
  if (REFUSALS.some((refusal) => answer.includes(refusal)))
    return { option: 'Z', rule: 'a refusal' };
  const words = pythonWords(answer.replace(PUNCTUATION, ' '));
  const named = Object.keys(options).filter((letter) => words.includes(letter));
  const [only] = named;
  if (only !== undefined && named.length === 1 && words.indexOf(only) > words.length - TAIL_WORDS) {
    return { option: only, rule: 'the only option letter among the words' };
  }
  if (only === undefined && words.includes('Z')) return { option: 'Z', rule: 'the word Z' };
  const letter = PHRASE.exec(answer)?.[1]?.toUpperCase();
  if (letter !== undefined && letter in options) return { option: letter, rule: '"answer is"' };
  return undefined;
}

function inferText(answer: string, options: Options): InferredOption | undefined {
  const texts = Object.values(options);
  const longest = 2 * texts.reduce((sum, text) => sum + pythonLength(text), 0);
  const lower = answer.toLowerCase();
  if (pythonLength(lower) > longest) return undefined;
  const contained = Object.keys(options).filter((letter) =>
    lower.includes(options[letter]!.toLowerCase()),
  );
  return contained.length === 1
    ? { option: contained[0]!, rule: 'the only option text in the answer' }
    : undefined;
}

/**
 * VLMEvalKit's exact matching of an answer to an option: a letter, else an option's text.
 *
 * Source: open-compass/VLMEvalKit vlmeval/utils/matching_util.py `can_infer`, without its VERBOSE switch.
 *
 * @param options  text of each option by its letter, in order; options that are missing left out
 */
export function canInfer(answer: string, options: Options): InferredOption {
  return (
    inferLetter(answer, options) ??
    inferText(answer, options) ?? { option: null, rule: 'no single option in the answer' }
  );
}
