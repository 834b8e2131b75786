import { letterAt } from '../../scoring/choice/letters.js';
import { levenshtein } from '../../scoring/levenshtein.js';
import { formatFloat, pythonRound } from '../../scoring/python/number.js';
import { parsePythonFloat } from '../../scoring/python/parse.js';
import { pythonTrim } from '../../scoring/python/text.js';

/** What of a problem decides how its answer is read. */
export interface AnswerForm {
  /** `multi_choice` or `free_form`. */
  readonly question_type: string;
  /** `text`, `integer`, `float` or `list`. */
  readonly answer_type: string;
  readonly choices: readonly string[];
  /** Decimals of a float. */
  readonly precision: number | null;
}

/** An extraction in the form of the gold answer; null where it cannot be brought into it. */
export interface NormalisedAnswer {
  readonly prediction: string | null;
  readonly rule: string;
}

const LETTER_IN_PARENTHESES = /\(([a-zA-Z])\)/;

function mostSimilar(text: string, choices: readonly string[]): string | null {
  const distances = choices.map((choice) => levenshtein(text, choice));
  return choices[distances.indexOf(Math.min(...distances))] ?? null;
}

function normaliseChoice(extraction: string, choices: readonly string[]): NormalisedAnswer {
  const inParentheses = LETTER_IN_PARENTHESES.exec(extraction)?.[1]?.toUpperCase();
  const text = inParentheses ?? pythonTrim(extraction);
  const place = choices.findIndex((_, index) => letterAt(index) === text);
  const chosen = choices[place];
  if (chosen !== undefined) return { prediction: chosen, rule: `option ${text}` };
  return { prediction: mostSimilar(text, choices), rule: 'the choice of smallest edit distance' };
}

/** Python's `str(int(float(text)))`. */
function normaliseInteger(extraction: string): string | null {
  const number = parsePythonFloat(extraction);
  if (number === undefined || !Number.isFinite(number)) return null;
  return String(BigInt(Math.trunc(number)));
}

/** Python's `str(round(float(text), precision))`. */
function normaliseFloat(extraction: string, precision: number | null): string | null {
  const number = parsePythonFloat(extraction);
  if (number === undefined || precision === null) return null;
  return formatFloat(pythonRound(number, Math.trunc(precision)));
}

/**
 * Brings an extraction into the form of the gold answer.
 *
 * Source: lupantech/MathVista evaluation/calculate_score.py `normalize_extracted_answer`.
 *
 * @param extraction  null where the file has none
 */
export function normaliseAnswer(extraction: string | null, form: AnswerForm): NormalisedAnswer {
  // The script turns a missing extraction into the text None where it does not need a number.
  const text = extraction ?? 'None';
  if (form.question_type === 'multi_choice') return normaliseChoice(text, form.choices);
  switch (form.answer_type) {
    case 'integer':
      return { prediction: normaliseInteger(text), rule: 'whole number' };
    case 'float':
      return { prediction: normaliseFloat(text, form.precision), rule: 'rounded number' };
    case 'list':
      return { prediction: text, rule: 'same text' };
    default:
      return { prediction: null, rule: `no rule for answers of type ${form.answer_type}` };
  }
}
