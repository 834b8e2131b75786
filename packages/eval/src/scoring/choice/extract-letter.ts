import { pythonTrim, pythonTrimOf } from '../python/text.js';

/** What `extractLetter` found. */
export interface ExtractedLetter {
  /** One of the choices, or null. */
  readonly letter: string | null;
  /** The format in which it stood. */
  readonly rule: string;
}

interface Candidate {
  readonly letter: string;
  readonly position: number;
  readonly rule: string;
  readonly priority: number;
}

const TRIMMED_MARKS = [',', '.', '!', '?', ';', ':', "'", '"'];

/** Phrases before an answer; the letter may stand anywhere after one. */
const PHRASES = [
  'the answer is',
  'answer is',
  'the correct answer is',
  'correct answer is',
  'the best answer is',
  'best answer is',
  'the correct option is',
  'correct option is',
  'the best option is',
  'best option is',
  'the choice is',
  'choice is',
  'the correct choice is',
  'correct choice is',
  'i choose',
  'i select',
  'i pick',
  'my answer is',
  'my choice is',
  '옵션',
  '정답은',
  '답은',
  '답:',
  '答案是',
  '答案为',
  '选',
  '答えは',
];

const MARKED_FORMATS: readonly {
  readonly rule: string;
  readonly priority: number;
  readonly write: (letter: string) => string;
}[] = [
  { rule: 'letter in parentheses', priority: 6, write: (letter) => `(${letter})` },
  { rule: 'letter and period', priority: 5, write: (letter) => `${letter}.` },
  { rule: 'letter and colon', priority: 4, write: (letter) => `${letter}:` },
  { rule: 'letter and right parenthesis', priority: 3, write: (letter) => `${letter})` },
  { rule: 'letter and blank', priority: 2, write: (letter) => `${letter} ` },
];

const LETTER = /^\p{L}$/u;
const isLetter = (character: string | undefined): boolean =>
  character !== undefined && LETTER.test(character);

/** Candidates in the order in which lmms-eval lists them; the first of equals wins. */
function* candidatesIn(text: string, choices: readonly string[]): Generator<Candidate> {
  for (const { rule, priority, write } of MARKED_FORMATS) {
    for (const letter of choices) {
      const position = text.lastIndexOf(write(letter));
      if (position >= 0) yield { letter, position, rule, priority };
    }
  }
  const lower = text.toLowerCase();
  for (const phrase of PHRASES) {
    const start = lower.indexOf(phrase);
    if (start < 0) continue;
    for (const letter of choices) {
      const position = text.indexOf(letter, start + phrase.length);
      if (position >= 0) yield { letter, position, rule: `after "${phrase}"`, priority: 7 };
    }
  }
  const characters = Array.from(pythonTrim(text));
  for (const letter of choices) {
    if (characters[0] === letter && !isLetter(characters[1])) {
      yield { letter, position: 0, rule: 'letter at the start', priority: 10 };
    }
  }
  for (const letter of choices) {
    if (characters.at(-1) === letter && !isLetter(characters.at(-2))) {
      yield { letter, position: text.length - 1, rule: 'letter at the end', priority: 9 };
    }
  }
}

function* anywhere(text: string, choices: readonly string[]): Generator<Candidate> {
  for (const letter of choices) {
    const position = text.lastIndexOf(letter);
    if (position >= 0) yield { letter, position, rule: 'letter anywhere', priority: 0 };
  }
}

/** The first of the highest priority and, within it, the last position. */
function best(candidates: Iterable<Candidate>): Candidate | undefined {
  let found: Candidate | undefined;
  for (const one of candidates) {
    const better =
      !found ||
      one.priority > found.priority ||
      (one.priority === found.priority && one.position > found.position);
    if (better) found = one;
  }
  return found;
}

/**
 * lmms-eval's letter of a multiple-choice answer: ten formats, the best by priority, then by position.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/_task_utils/mcq_extract.py.
 *
 * @param choices  capital letters
 */
export function extractLetter(answer: string, choices: readonly string[]): ExtractedLetter {
  const inner = TRIMMED_MARKS.reduce(pythonTrimOf, pythonTrim(answer));
  if (pythonTrim(answer) === '') return { letter: null, rule: 'empty' };
  const text = ` ${inner} `;
  const found = best(candidatesIn(text, choices)) ?? best(anywhere(text, choices));
  return found ?? { letter: null, rule: 'no letter' };
}
