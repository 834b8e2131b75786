import { parsePythonFloat } from '../../scoring/python/parse.js';
import { pythonTrimEndOf } from '../../scoring/python/text.js';

const LARGEST_RELATIVE_CHANGE = 0.05;

/** A number or a percentage; undefined where Python's `float` refuses the text. */
function parseNumber(text: string): number | undefined {
  if (!text.endsWith('%')) return parsePythonFloat(text);
  const number = parsePythonFloat(pythonTrimEndOf(text, '%'));
  return number === undefined ? undefined : number / 100;
}

/** What the relaxed comparison made of an answer. */
export interface RelaxedMatch {
  readonly correct: boolean;
  /** The number read, or the text in lower case. */
  readonly parsed: number | string;
  readonly rule: string;
}

/**
 * ChartQA's relaxed accuracy: a number may be off by 5 % (bound included) of a gold number that is not zero; anything
 * else must equal the gold text, ignoring case.
 *
 * Sources: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/chartqa/utils.py, open-compass/VLMEvalKit
 * vlmeval/dataset/utils/vqa_eval.py `relaxed_correctness`.
 */
export function relaxedMatch(answer: string, gold: string): RelaxedMatch {
  const number = parseNumber(answer);
  const goldNumber = parseNumber(gold);
  if (number !== undefined && goldNumber !== undefined && goldNumber !== 0) {
    const change = Math.abs(number - goldNumber) / Math.abs(goldNumber);
    return {
      correct: change <= LARGEST_RELATIVE_CHANGE,
      parsed: number,
      rule: 'number within 5 %',
    };
  }
  const parsed = answer.toLowerCase();
  return { correct: parsed === gold.toLowerCase(), parsed, rule: 'same text' };
}
