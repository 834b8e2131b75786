/** Letters that the script knows. */
export const LETTERS = ['A', 'B', 'C', 'D', 'E'];

/** What the parser made of an answer. */
export interface ParsedLetter {
  /** The letter, or null where the script says `FAILED`. */
  readonly letter: string | null;
  readonly rule: string;
}

/** The letter of an answer by LLaVA's rules: nothing is stripped and case counts. */
export function parseByLlava(text: string): ParsedLetter {
  if (LETTERS.includes(text)) return { letter: text, rule: 'the whole answer' };
  if (LETTERS.includes(text.charAt(0)) && text.slice(1, 3) === '. ') {
    return { letter: text.charAt(0), rule: 'a letter, a period and a blank at the start' };
  }
  // A character must follow the letter; the script meant a period.
  const matches = [...text.matchAll(/The answer is ([A-Z])[^\n]/gu)];
  const [only] = matches;
  return only && matches.length === 1
    ? { letter: only[1]!, rule: 'The answer is' }
    : { letter: null, rule: 'no letter found' };
}

/** The letter by lmms-eval: the stripped answer in either case, or an upper-case letter and a period at the start. */
export function parseByLmmsEval(trimmed: string, gold: string): ParsedLetter {
  if (trimmed.toLowerCase() === gold.toLowerCase()) {
    return { letter: gold, rule: 'the whole answer in either case' };
  }
  return /^[A-Z]\./.test(trimmed)
    ? { letter: trimmed.charAt(0), rule: 'a letter and a period at the start' }
    : { letter: null, rule: 'no letter found' };
}
