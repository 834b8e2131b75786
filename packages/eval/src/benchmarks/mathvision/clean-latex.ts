const ROOT = '\\sqrt';
const FRACTION = '\\frac';
/** CPython refuses to read longer texts as an integer, and the script then leaves the text alone. */
const LARGEST_INTEGER_DIGITS = 4300;
const SLASH_FRACTION = /^(0|-?[1-9]\d*)\/(0|-?[1-9]\d*)$/;

/** What is deleted or replaced around an answer, in order. */
const CLEANED: readonly (readonly [from: string, to: string])[] = [
  [' ', ''],
  ['\\,', ''],
  ['∞', '\\infty'],
  ['+\\infty', '\\infty'],
  ['\\\\', '\\'],
  ['\n', ''],
  ['\\text', ''],
  ['\\mbox', ''],
  ['bmatrix', 'pmatrix'],
  ['\\left', ''],
  ['\\right', ''],
  ['^{\\circ}', ''],
  ['^\\circ', ''],
  ['{m}^3', ''],
  ['m^3', ''],
  ['{units}', ''],
  ['units', ''],
  ['{km}', ''],
  ['km', ''],
  // From here on it is the step that the script shares with the MATH data set.
  ['\n', ''],
  ['\\!', ''],
  ['\\\\', '\\'],
  ['tfrac', 'frac'],
  ['dfrac', 'frac'],
  ['\\left', ''],
  ['\\right', ''],
  ['^{\\circ}', ''],
  ['^\\circ', ''],
  ['\\$', ''],
  ['$', ''],
];

const replaceAllOf = (text: string, pairs: typeof CLEANED): string =>
  pairs.reduce((rest, [from, to]) => rest.replaceAll(from, to), text);

/** What follows the only occurrence of a separator. */
function afterOnly(text: string, separator: string): string {
  const parts = text.split(separator);
  return parts.length === 2 ? parts[1]! : text;
}

const lastPart = (text: string, separator: string): string => text.split(separator).at(-1) ?? '';

/** Braces around the first character under a root that has none. */
function braceRoots(text: string): string {
  const [head = '', ...parts] = text.split(ROOT);
  const braced = parts.map((part) => {
    const [first, ...rest] = Array.from(part);
    return first === undefined || first === '{' ? part : `{${first}}${rest.join('')}`;
  });
  return [head, ...braced].join(ROOT);
}

/** Braces around numerator and denominator; nothing is changed where one is too short to have both. */
function braceFractions(text: string): string {
  const [head = '', ...parts] = text.split(FRACTION);
  const braced: string[] = [];
  for (const part of parts) {
    const [numerator, denominator, ...rest] = Array.from(part);
    if (numerator === '{') {
      braced.push(part);
      continue;
    }
    if (numerator === undefined || denominator === undefined) return text;
    const written = denominator === '{' ? denominator : `{${denominator}}`;
    braced.push(`{${numerator}}${written}${rest.join('')}`);
  }
  return [head, ...braced].join(FRACTION);
}

function slashToFraction(text: string): string {
  const [, numerator, denominator] = SLASH_FRACTION.exec(text) ?? [];
  if (numerator === undefined || denominator === undefined) return text;
  const digits = Math.max(...[numerator, denominator].map((part) => part.replace('-', '').length));
  return digits > LARGEST_INTEGER_DIGITS ? text : `\\frac{${numerator}}{${denominator}}`;
}

/** The MATH data set's normal form of an answer whose marks are already cleaned. */
function normaliseMath(text: string): string {
  const [beforeUnit = ''] = text.split('\\text{ ');
  let answer = replaceAllOf(beforeUnit, [
    ['\\%', ''],
    [' .', ' 0.'],
    ['{.', '{0.'],
  ]);
  if (answer === '') return answer;
  if (answer.startsWith('.')) answer = `0${answer}`;
  answer = afterOnly(afterOnly(answer, '='), '\\approx');
  if (answer.includes('sqrt')) answer = braceRoots(answer);
  answer = answer.replaceAll(' ', '');
  if (answer.includes('sqrt')) answer = braceFractions(answer);
  return slashToFraction(answer === '0.5' ? '\\frac{1}{2}' : answer);
}

/** What stands in the box, up to the last closing brace of the text; the whole text without one. */
function boxed(text: string): string {
  const start = text.indexOf('oxed{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start + 'oxed{'.length) return text;
  return text.slice(start + 'oxed{'.length, end);
}

/** What stands before a closing brace that nothing opened. */
function beforeStrayBrace(text: string): string {
  const close = text.indexOf('}');
  const open = text.indexOf('{');
  return close >= 0 && (open < 0 || close < open) ? text.slice(0, close) : text;
}

/**
 * MATH-Vision's normal form of an answer: what is boxed, after the last equals sign, without units, degrees, blanks and
 * LaTeX dressing, in lower case.
 *
 * Source: mathllm/MATH-V evaluation/utils.py `find_math_answer`, `_strip_string`.
 */
export function cleanLatex(text: string): string {
  const inside = beforeStrayBrace(boxed(text.toLowerCase().replaceAll('{}', '')));
  const value = lastPart(lastPart(inside, '='), '\\approx');
  return normaliseMath(replaceAllOf(value, CLEANED));
}
