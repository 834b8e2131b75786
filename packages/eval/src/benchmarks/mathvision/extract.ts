import { parsePythonFloat } from '../../scoring/python/parse.js';
import { pythonTrim, pythonTrimEndOf, pythonTrimStartOf } from '../../scoring/python/text.js';
import { cleanLatex } from './clean-latex.js';

const LETTERS = ['A', 'B', 'C', 'D', 'E'];
/** After each of these, and after each with a capital T, the script keeps what follows. */
const PHRASES = [
  'the final answer is',
  'the answer is',
  'the correct answer is',
  'the answer should be',
];
const BOX = 'oxed{';

const lastPart = (text: string, separator: string): string => text.split(separator).at(-1) ?? '';

/** A letter at the very end or alone on the first line. */
function withLetter(text: string): string {
  let answer = text;
  for (const letter of LETTERS) {
    const found =
      answer.endsWith(` ${letter}.`) ||
      answer.endsWith(` (${letter}).`) ||
      [`${letter}\n`, `(${letter})\n`, `(${letter}) ${letter}\n`].some((start) =>
        answer.startsWith(start),
      );
    if (found) answer = letter;
  }
  return answer;
}

function afterPhrase(text: string, phrase: string): string {
  const tail = pythonTrim(lastPart(text, phrase));
  if (!text.includes(phrase)) return tail;
  const [line = ''] = tail.split('\n');
  return line.split('. ')[0] ?? '';
}

function afterPhrases(text: string): string {
  const phrases = PHRASES.flatMap((phrase) => [phrase, phrase.replaceAll('the', 'The')]);
  return phrases.reduce(afterPhrase, text);
}

/** Letters a to e in parentheses, then in braces, lose them. */
function withoutLetterBrackets(text: string): string {
  const letters = [...'abcde'];
  const written = [...letters.map((one) => `(${one})`), ...letters.map((one) => `{${one}}`)];
  return written.reduce((rest, one) => rest.replaceAll(one, one[1]!), text);
}

/**
 * MATH-Vision's answer of a response: a letter, a number after "is", what follows "the answer is", or the last box; then
 * in its LaTeX normal form, in lower case.
 *
 * Source: mathllm/MATH-V evaluation/evaluate.py.
 */
export function extractAnswer(response: string): string {
  let answer = withLetter(pythonTrim(response));
  const number = pythonTrimEndOf(lastPart(answer, 'is '), '.');
  if (parsePythonFloat(number) !== undefined) answer = number;
  const boxes = answer.split(BOX).length - 1;
  if (boxes === 0) answer = afterPhrases(answer);
  else if (boxes > 1) answer = `\\boxed{${lastPart(answer, BOX)}`;
  const clean = withoutLetterBrackets(cleanLatex(answer));
  return pythonTrim(pythonTrimStartOf(pythonTrimEndOf(clean, '.'), ':'));
}
