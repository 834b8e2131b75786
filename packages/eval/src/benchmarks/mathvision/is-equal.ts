import { pythonTrim } from '../../scoring/python/text.js';
import { evaluateLatex } from './latex-number.js';
import { formatCents, roundedToCents } from './real.js';

/** How two answers compare. */
export interface Comparison {
  readonly equal: boolean;
  /**
   * `text`: as texts. `number`: the official script needs its computer algebra system for this, and both sides have a
   * value here. `undecided`: a side has a form that only such a system could evaluate; counted as different.
   */
  readonly by: 'text' | 'number' | 'undecided';
}

const BRACKETS = ['()', '[]'];
/** Elements that the script leaves as they are. */
const isKept = (element: string): boolean =>
  element.includes('infty') || element === 'a' || element === '-a';

/** A tuple or list with each element as its number of two decimals; any other text as it is. */
function evaluateElements(text: string): string {
  const pair = BRACKETS.find(([open, close]) => text.startsWith(open!) && text.endsWith(close!));
  const elements = text.slice(1, -1).split(',');
  if (!pair || elements.length < 2) return text;
  const written = elements.map((element) => {
    if (isKept(element)) return element;
    const number = evaluateLatex(element);
    return number.kind === 'number' ? formatCents(number.value) : undefined;
  });
  // One element without a value leaves the whole text alone.
  return written.includes(undefined) ? text : `${pair[0]}${written.join(',')}${pair[1]}`;
}

/**
 * Whether two answers are equal: as texts, as tuples of numbers, or as numbers of two decimals.
 *
 * Source: mathllm/MATH-V evaluation/utils.py `is_equal`.
 */
export function compareAnswers(first: string, second: string): Comparison {
  const [one, other] = [first.toLowerCase(), second.toLowerCase()];
  const isBlank = (text: string): boolean => text.replaceAll(' ', '') === '';
  if (isBlank(one) || isBlank(other)) return { equal: false, by: 'text' };
  if (pythonTrim(one) === pythonTrim(other)) return { equal: true, by: 'text' };
  const [left, right] = [evaluateElements(one), evaluateElements(other)];
  if (left === right) return { equal: true, by: 'number' };
  const [leftNumber, rightNumber] = [evaluateLatex(left), evaluateLatex(right)];
  if (leftNumber.kind === 'number' && rightNumber.kind === 'number') {
    const equal = roundedToCents(leftNumber.value) === roundedToCents(rightNumber.value);
    return { equal, by: equal ? 'number' : 'text' };
  }
  const kinds = [leftNumber.kind, rightNumber.kind];
  const isOpen = kinds.includes('beyond') && !kinds.includes('none');
  return { equal: false, by: isOpen ? 'undecided' : 'text' };
}
