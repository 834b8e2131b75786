import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relaxedMatch } from '../src/benchmarks/chartqa/relaxed.js';
import { anlsOverRawLength, anlsOverTrimmedLength } from '../src/benchmarks/docvqa/anls.js';
import { extractAnswer } from '../src/benchmarks/mathvision/extract.js';
import { compareAnswers } from '../src/benchmarks/mathvision/is-equal.js';
import { normaliseAnswer } from '../src/benchmarks/mathvista/normalise.js';
import { parseChoice, parseChoiceAsLmmsEval } from '../src/benchmarks/mmmu/parse-choice.js';
import { isOpenRight, parseOpen } from '../src/benchmarks/mmmu/parse-open.js';
import { canInfer } from '../src/scoring/choice/can-infer.js';
import { extractLetter } from '../src/scoring/choice/extract-letter.js';
import { formatFixed, formatFloat, pythonRound } from '../src/scoring/python/number.js';
import { parsePythonFloat, parsePythonInteger } from '../src/scoring/python/parse.js';
import { pythonRandom } from '../src/scoring/python/random.js';

type Options = Record<string, string>;

type MmmuChoice = [
  text: string,
  letters: string[],
  options: Options,
  found: string,
  guessed: boolean,
];

/** What the official scripts returned for random texts: blanks, digits and letters of many kinds, halves of phrases. */
interface Fixture {
  float: [text: string, written: string | null][];
  integer: [text: string, written: string | null][];
  rounded: [value: number, digits: number, rounded: string, fixed: string, written: string][];
  randomChoices: [seed: number, places: number[]][];
  mmmuChoice: MmmuChoice[];
  mmmuChoiceLmmsEval: MmmuChoice[];
  mmmuOpen: [text: string, golds: string[], right: boolean][];
  letter: [text: string, found: string][];
  inferred: [text: string, options: Options, found: string | false][];
  relaxed: [answer: string, gold: string, right: boolean][];
  anls: [answer: string, golds: string[], score: number][];
  anlsTrimmed: [answer: string, golds: string[], score: number | null][];
  mathVista: [string, string[], string, string, number | null, string | null][];
  mathVisionExtract: [response: string, answer: string][];
  mathVisionEqual: [first: string, second: string, equal: boolean][];
}

const path = new URL('./fixtures/official-rules.json', import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(path, 'utf8'));
/** How many options the n-th draw of the fixture had. */
const DRAWN_FROM = [4, 5, 2, 3, 7, 9, 1];

describe('rules of the official scripts on random texts', () => {
  it.each(fixture.float)('reads %j as a float', (text, written) => {
    const value = parsePythonFloat(text);
    expect(value === undefined ? null : formatFloat(value)).toBe(written);
  });

  it.each(fixture.integer)('reads %j as an integer', (text, written) => {
    expect(parsePythonInteger(text)?.toString() ?? null).toBe(written);
  });

  it.each(fixture.rounded)('rounds %d to %d digits', (value, digits, rounded, fixed, written) => {
    expect(formatFloat(pythonRound(value, digits))).toBe(rounded);
    expect(formatFixed(value, digits)).toBe(fixed);
    expect(formatFloat(value)).toBe(written);
  });

  it.each(fixture.randomChoices)('draws as random.seed(%d)', (seed, places) => {
    const random = pythonRandom(seed);
    const drawn = places.map((_, draw) => {
      const count = DRAWN_FROM[draw % DRAWN_FROM.length]!;
      return random.choice(Array.from({ length: count }, (_, place) => place) as [number]);
    });
    expect(drawn).toEqual(places);
  });

  it.each(fixture.mmmuChoice)('MMMU chooses in %j', (text, letters, options, found, guessed) => {
    const { letter } = parseChoice(text, { letters, optionTexts: options });
    expect(letter === undefined).toBe(guessed);
    expect(letter ?? pythonRandom(42).choice(letters as [string])).toBe(found);
  });

  it.each(fixture.mmmuChoiceLmmsEval)(
    'lmms-eval chooses in %j',
    (text, letters, optionTexts, found, guessed) => {
      const { letter } = parseChoiceAsLmmsEval(text, { letters, optionTexts });
      expect(letter === undefined).toBe(guessed);
      expect(letter ?? pythonRandom(0).choice(letters as [string])).toBe(found);
    },
  );

  it.each(fixture.mmmuOpen)('MMMU judges %j against %j', (text, golds, right) => {
    expect(isOpenRight(golds, parseOpen(text))).toBe(right);
  });

  it.each(fixture.letter)('lmms-eval finds a letter in %j', (text, found) => {
    expect(extractLetter(text, ['A', 'B', 'C', 'D']).letter ?? '').toBe(found);
  });

  it.each(fixture.inferred)('VLMEvalKit infers an option from %j', (text, options, found) => {
    expect(canInfer(text, options).option ?? false).toBe(found);
  });

  it.each(fixture.relaxed)('ChartQA compares %j with %j', (answer, gold, right) => {
    expect(relaxedMatch(answer, gold).correct).toBe(right);
  });

  it.each(fixture.anls)('lmms-eval measures %j against %j', (answer, golds, score) => {
    expect(anlsOverRawLength(answer, golds)).toBeCloseTo(score, 12);
  });

  it.each(fixture.anlsTrimmed)('mmf measures %j against %j', (answer, golds, score) => {
    const measured = anlsOverTrimmedLength(answer, golds);
    if (score === null || measured === null) expect(measured).toBe(score);
    else expect(measured).toBeCloseTo(score, 12);
  });

  it.each(fixture.mathVista)('MathVista normalises %j', (extraction, choices, ...form) => {
    const [question_type, answer_type, precision, prediction] = form;
    const given = { question_type, answer_type, choices, precision };
    expect(normaliseAnswer(extraction, given).prediction).toBe(prediction);
  });

  it.each(fixture.mathVisionExtract)('MATH-Vision extracts from %j', (response, answer) => {
    expect(extractAnswer(response)).toBe(answer);
  });

  it.each(fixture.mathVisionEqual)('MATH-Vision compares %j with %j', (first, second, equal) => {
    const comparison = compareAnswers(first, second);
    if (comparison.by === 'undecided') expect(comparison.equal).toBe(false);
    else expect(comparison.equal).toBe(equal);
  });
});
