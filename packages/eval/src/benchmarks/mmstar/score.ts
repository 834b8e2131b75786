import type { ItemRecord, Score } from '../../benchmark.js';
import { meanOrNull } from '../../scoring/average.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { extractLetter } from '../../scoring/choice/extract-letter.js';
import { quotient } from '../../scoring/confusion.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { countUnparsed } from '../../scoring/unparsed.js';
import type { AnsweredRow } from '../row-benchmark.js';
import { CATEGORIES } from './categories.js';

/** One question. */
interface MmStarFields {
  readonly question: string;
  readonly answer: string;
  readonly category: string;
  readonly l2_category: string;
  /** Option texts by letter, where the file has them as columns. */
  readonly options: Readonly<Record<string, string>>;
}

type Rows = readonly AnsweredRow<MmStarFields>[];

/** What the official script divides by, whatever the number of rows. */
const ROWS_A_CATEGORY = 250;
const ROWS = 1500;
const LETTERS = ['A', 'B', 'C', 'D'];
/** Openings after which the next character is the answer. */
const OPENINGS = ['', '(', 'option ', 'the answer is '];

const clean = (text: string): string => pythonTrim(text.toLowerCase()).replaceAll('\n', ' ');

/** The opening of `answer` after which the gold letter stands. */
function openingBefore(gold: string, answer: string): string | undefined {
  return OPENINGS.find((opening) => {
    if (!answer.startsWith(opening)) return false;
    const [next] = answer.slice(opening.length);
    return next !== undefined && next === gold;
  });
}

function officialItem({ id, fields, answer }: AnsweredRow<MmStarFields>): ItemRecord {
  const parsed = clean(answer);
  const opening = openingBefore(clean(fields.answer), parsed);
  const rule =
    opening === undefined
      ? 'the gold letter is at none of the four places'
      : `the gold letter after ${JSON.stringify(opening)}`;
  return {
    id,
    gold: fields.answer,
    answer,
    parsed: parsed === '' ? null : parsed,
    rule,
    score: Number(opening !== undefined),
  };
}

/** Scores of the items of a category, or of one of its sub-categories. */
const scoresIn = (
  rows: Rows,
  items: readonly ItemRecord[],
  category: string,
  subCategory?: string,
): number[] =>
  items.flatMap(({ score }, place) => {
    const { fields } = rows[place]!;
    const wanted =
      fields.category === category &&
      (subCategory === undefined || fields.l2_category === subCategory);
    return wanted ? [score] : [];
  });

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/**
 * MMStar's own rule. Category and final scores are divided by the constants of the full set.
 *
 * Source: MMStar-Benchmark/MMStar eval/vlmeval/evaluate/mmstar.py.
 */
export function scoreByMmStar(rows: Rows): Score {
  const items = rows.map(officialItem);
  const byCategory = Object.entries(CATEGORIES).map(([category, subCategories]) => {
    const hits = sumOf(scoresIn(rows, items, category));
    const shares = subCategories.map((sub): [string, number | null] => [
      `${category}(${sub})`,
      meanOrNull(scoresIn(rows, items, category, sub)),
    ]);
    return { hits, entries: [[category, hits / ROWS_A_CATEGORY], ...shares] as const };
  });
  const hits = sumOf(byCategory.map((one) => one.hits));
  return {
    metrics: {
      'final score': hits / ROWS,
      ...Object.fromEntries(byCategory.flatMap(({ entries }) => entries)),
    },
    denominator: ROWS,
    items,
  };
}

/**
 * lmms-eval's rule: its letter extractor; each score is the mean of the means of its sub-categories.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/mmstar/utils.py.
 */
export function scoreByLmmsEval(rows: Rows): Score {
  const items = rows.map(({ id, fields, answer }): ItemRecord => {
    const { letter, rule } = extractLetter(answer, LETTERS);
    const right = letter === pythonTrim(fields.answer).toUpperCase();
    return { id, gold: fields.answer, answer, parsed: letter, rule, score: Number(right) };
  });
  const meansOf = (category: string): number[] =>
    (CATEGORIES[category] ?? []).flatMap((sub) => {
      const mean = meanOrNull(scoresIn(rows, items, category, sub));
      return mean === null ? [] : [mean];
    });
  const names = Object.keys(CATEGORIES);
  return {
    metrics: {
      ...Object.fromEntries(names.map((name) => [name, meanOrNull(meansOf(name))])),
      average: meanOrNull(names.flatMap(meansOf)),
    },
    denominator: items.length,
    items,
  };
}

const OPTION_LINE = /^\(([A-D])\) (.*)$/gm;
const LISTED_OPTION = /(?:^|, ?)([A-D]): /g;

/** Options as columns, or as the question lists them: lines of "(A) …", or "Options: A: …, B: …". */
function optionsOf({ options, question }: MmStarFields): Readonly<Record<string, string>> {
  if (Object.keys(options).length > 0) return options;
  const lines = Array.from(question.matchAll(OPTION_LINE), ([, letter = '', text = '']) => [
    letter,
    text,
  ]);
  if (lines.length > 0) return Object.fromEntries(lines);
  const [, list = ''] = question.split(/Options: ?/);
  const parts = list.split(LISTED_OPTION).slice(1);
  const listed = parts.flatMap((letter, place): [string, string][] =>
    place % 2 === 0 ? [[letter, (parts[place + 1] ?? '').trim()]] : [],
  );
  return Object.fromEntries(listed);
}

/**
 * VLMEvalKit's rule without a judge: its option matching; accuracy over all rows and of each category.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/multiple_choice.py `mcq_vanilla_eval`.
 */
export function scoreByVlmEvalKit(rows: Rows): Score {
  const items = rows.map(({ id, fields, answer }): ItemRecord => {
    const { option, rule } = canInfer(answer, optionsOf(fields));
    const score = Number(option === fields.answer);
    return { id, gold: fields.answer, answer, parsed: option, rule, score };
  });
  const right = sumOf(items.map(({ score }) => score));
  const names = Object.keys(CATEGORIES);
  return {
    metrics: {
      Overall: quotient(right, items.length),
      to_judge: countUnparsed(items),
      ...Object.fromEntries(names.map((name) => [name, meanOrNull(scoresIn(rows, items, name))])),
    },
    denominator: items.length,
    items,
  };
}
