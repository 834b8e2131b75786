import { pythonRound } from '../../scoring/python/number.js';
import { parsePythonFloat } from '../../scoring/python/parse.js';
import { pythonLength, pythonTrim, pythonTrimOf, WORD_CLASS } from '../../scoring/python/text.js';

/** Phrases after which an answer stands; the script adds the equals sign for the last line. */
const INDICATORS = [
  'could be ',
  'so ',
  'is ',
  'thus ',
  'therefore ',
  'final ',
  'answer ',
  'result ',
];
const TRIVIAL = [':', ',', '.', '!', '?', ';', "'"];

const BOUNDARY = `(?:(?<=[${WORD_CLASS}])(?![${WORD_CLASS}])|(?<![${WORD_CLASS}])(?=[${WORD_CLASS}]))`;
/**
 * The script's patterns of numbers with commas, in scientific notation, and simple ones. Its own do not say that digits
 * begin at the start of a run; none of them can match from inside one, but trying takes quadratic time.
 */
const RUN = '(?<!\\p{Nd})\\p{Nd}+';
const NUMBER_PATTERNS = [
  `-?${BOUNDARY}\\p{Nd}{1,3}(?:,\\p{Nd}{3})+${BOUNDARY}`,
  `-?${RUN}(?:\\.\\p{Nd}+)?[eE][+-]?\\p{Nd}+`,
  `-?(?:${RUN}\\.\\p{Nd}+|\\.\\p{Nd}+|${RUN}${BOUNDARY})(?![eE][+-]?\\p{Nd}+)(?![,\\p{Nd}])`,
].map((pattern) => new RegExp(pattern, 'gu'));

const lastPart = (text: string, separator: string): string => text.split(separator).at(-1) ?? '';

/** The shortest tail of a line after an indicator, in the script's reading: an empty one is passed over. */
function shortestTail(line: string, indicators: readonly string[]): string | undefined {
  let shortest: string | undefined;
  for (const indicator of indicators) {
    if (!line.includes(indicator)) continue;
    const tail = pythonTrim(lastPart(line, indicator));
    if (!shortest || pythonLength(tail) < pythonLength(shortest)) shortest = tail;
  }
  return shortest;
}

function keyParts(response: string): string[] {
  const text = pythonTrimOf(pythonTrim(response), '.').toLowerCase();
  // The script also splits at a period before a capital letter, which lower-casing has made impossible.
  const lines = text.split('\n');
  const parts = lines.flatMap((line, place) => {
    const isLast = place === lines.length - 1;
    const tail = shortestTail(line, isLast ? [...INDICATORS, '='] : INDICATORS);
    return tail && !TRIVIAL.includes(pythonTrim(tail)) ? [tail] : [];
  });
  return parts.length > 0 ? parts : [text];
}

const numbersIn = (text: string): string[] =>
  NUMBER_PATTERNS.flatMap((pattern) => text.match(pattern) ?? []);

/**
 * MMMU's normal form of an answer: a number rounded to two decimals, or lower case; a text of one character becomes two
 * with a blank on either side, so that it is not found inside words.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/utils/eval_utils.py `normalize_str`.
 */
function normalise(text: string): (string | number)[] {
  const trimmed = pythonTrim(text);
  const number = parsePythonFloat(trimmed.replaceAll(',', ''));
  if (number !== undefined) return [pythonRound(number, 2)];
  const lower = trimmed.toLowerCase();
  return pythonLength(lower) === 1 ? [` ${lower}`, `${lower} `] : [lower];
}

/**
 * MMMU's parser of open answers: tails after phrases such as "is ", and all numbers in them, in normal form.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/utils/eval_utils.py `parse_open_response`.
 *
 * @returns in order of appearance, each once (the script's order is that of a Python set)
 */
export function parseOpen(response: string): (string | number)[] {
  const parts = keyParts(response);
  const all = [...parts, ...parts.flatMap(numbersIn)].flatMap(normalise);
  return [...new Set(all)];
}

/**
 * Whether a gold answer stands in a parsed text, or equals a parsed number.
 *
 * Source: MMMU-Benchmark/MMMU mmmu/utils/eval_utils.py `eval_open`.
 */
export function isOpenRight(
  golds: readonly string[],
  parsed: readonly (string | number)[],
): boolean {
  const wanted = golds.flatMap(normalise);
  const texts = wanted.filter((one) => typeof one === 'string');
  return parsed.some((one) =>
    typeof one === 'number'
      ? wanted.some((gold) => gold === one)
      : texts.some((gold) => one.includes(gold)),
  );
}
