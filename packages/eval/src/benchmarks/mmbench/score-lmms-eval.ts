import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import { extractLetter } from '../../scoring/choice/extract-letter.js';
import { quotient } from '../../scoring/confusion.js';
import { pythonWords } from '../../scoring/python/text.js';
import type { MmBenchData, MmBenchRow } from './data.js';
import { type AnsweredRow, answeredRows, type Passes, passesOf } from './passes.js';

/** The letters that this version takes for options, whatever the question has. */
const LETTERS = [...'ABCDE'];
const API_FAILURE = 'Failed to obtain answer via API';
/** Marks that may stand around a letter, tried in this order; the bare letter comes first. */
const MARKS: readonly (readonly [prefix: string, suffix: string])[] = [
  ['', '.'],
  ['', ','],
  ['', ':'],
  ['', ')'],
  ['', ').'],
  ['(', ')'],
  ['(', ').'],
  [':', ''],
  [':', ','],
  [':', '.'],
  [':', ')'],
  [':', ').'],
];

/** The only letter among the words with these marks around it. */
function onlyLetter(words: readonly string[], prefix: string, suffix: string): string | undefined {
  const found = LETTERS.filter((letter) => words.includes(prefix + letter + suffix));
  return found.length === 1 ? found[0] : undefined;
}

function inferLetter(answer: string): string | undefined {
  if (answer.includes(API_FAILURE)) return undefined;
  const words = pythonWords(answer);
  const bare = onlyLetter(words, '', '');
  // In a sentence an A may be an article; the marked forms are tried then.
  const isArticle = words.includes('A') && words.length > 3;
  if (bare !== undefined && !isArticle) return bare;
  for (const [prefix, suffix] of MARKS) {
    const letter = onlyLetter(words, prefix, suffix);
    if (letter !== undefined) return letter;
  }
  return undefined;
}

function inferText(answer: string, { options }: MmBenchRow): string | undefined {
  const lower = answer.toLowerCase();
  const contained = [...'ABCD'].filter((letter) => {
    const text = options[letter];
    return text !== undefined && lower.includes(text.toLowerCase());
  });
  return contained.length === 1 ? contained[0] : undefined;
}

/** The option, by matching or else by the letter extractor that stands in for the judge. */
function infer({ row, answer = 'nan' }: AnsweredRow): { parsed: string | null; rule: string } {
  const matched = inferLetter(answer) ?? inferText(answer, row);
  if (matched !== undefined) return { parsed: matched, rule: 'a letter or an option text' };
  const choices = [...'ABCD'].filter((letter) => row.options[letter] !== undefined);
  const { letter: parsed, rule } = extractLetter(answer, choices);
  return { parsed, rule };
}

const isRight = (answered: AnsweredRow): boolean =>
  infer(answered).parsed === answered.row.gold && answered.row.gold !== null;

/** True when every pass is right. */
const isHit = ({ rows }: Passes): boolean => rows.every(isRight);

/**
 * lmms-eval's older version of the same circular rule in its static mode, where a letter extractor replaces the judge.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/mmbench/mmbench_evals.py, `eval_method="static"`.
 */
export function scoreByLmmsEval(data: MmBenchData, answers: readonly Answer[]): Score {
  const rows = answeredRows(data, answers);
  const questions = passesOf(rows);
  const items = rows.map((answered): ItemRecord => {
    const { parsed, rule } = infer(answered);
    return {
      id: answered.row.index,
      gold: answered.row.gold,
      answer: answered.answer ?? null,
      parsed,
      rule: answered.answer === undefined ? 'no answer' : rule,
      score: Number(isRight(answered)),
    };
  });
  const hits = questions.filter(isHit).length;
  return {
    metrics: { overall_acc: quotient(hits, questions.length) },
    denominator: questions.length,
    items,
  };
}
