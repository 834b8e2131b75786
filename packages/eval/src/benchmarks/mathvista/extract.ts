import { formatFloat } from '../../scoring/python/number.js';
import { parsePythonFloat, parsePythonInteger } from '../../scoring/python/parse.js';
import type { AnswerForm } from './normalise.js';

const QUOTED = /The answer is "(.*)"\./;

/**
 * What MathVista takes out of a response by rule, before it asks a model: the empty text, a choice, a number, and what
 * stands in quotes after "The answer is" (its option `--quick_extract`).
 *
 * Source: lupantech/MathVista evaluation/extract_answer.py `extract_answer`.
 *
 * @returns undefined where the script asks a model
 */
export function extractByRule(response: string, form: AnswerForm): string | undefined {
  if (response === '') return '';
  if (form.question_type === 'multi_choice' && form.choices.includes(response)) return response;
  if (form.answer_type === 'integer') {
    const integer = parsePythonInteger(response);
    if (integer !== undefined) return String(integer);
  }
  if (form.answer_type === 'float') {
    const float = parsePythonFloat(response);
    if (float !== undefined) return formatFloat(float);
  }
  return QUOTED.exec(response)?.[1];
}
