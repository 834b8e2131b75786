import { pythonTrim } from './text.js';

const DECIMAL_DIGIT = /\p{Nd}/u;
const NON_ASCII_DIGIT = /(?![0-9])\p{Nd}/gu;
const FLOAT =
  /^[+-]?(?:(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const NAMED = /^([+-]?)(inf|infinity|nan)$/i;
const SEPARATOR = /[\x1c-\x1f]/;
const INTEGER = /^[+-]?\d+(?:_\d+)*$/;

/** Unicode assigns decimal digits in runs of ten that begin with zero. */
function digitValue(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let start = codePoint;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(start - 1))) start--;
  return String((codePoint - start) % 10);
}

/** What `float` and `int` see: unlike `str.strip`, they do not take U+001C to U+001F for blanks. */
const numberText = (text: string): string =>
  SEPARATOR.test(text) ? '' : pythonTrim(text).replace(NON_ASCII_DIGIT, digitValue);

/**
 * Python's `float(text)`: blanks around, underscores between digits, any Unicode decimal digit, `inf`, `infinity`
 * and `nan` are fine; `0x10`, `1,000` and the empty text are not.
 *
 * @returns undefined where Python raises ValueError
 */
export function parsePythonFloat(text: string): number | undefined {
  const plain = numberText(text);
  if (FLOAT.test(plain)) return Number(plain.replaceAll('_', ''));
  const [, sign, name] = NAMED.exec(plain) ?? [];
  if (name === undefined) return undefined;
  if (name.toLowerCase() === 'nan') return Number.NaN;
  return sign === '-' ? -Infinity : Infinity;
}

/** CPython refuses to read longer texts as an integer. */
const LARGEST_INTEGER_DIGITS = 4300;

/**
 * Python's `int(text)`.
 *
 * @returns undefined where Python raises ValueError
 */
export function parsePythonInteger(text: string): bigint | undefined {
  const plain = numberText(text);
  if (!INTEGER.test(plain)) return undefined;
  const digits = plain.replace(/[_+-]/g, '');
  if (digits.length > LARGEST_INTEGER_DIGITS) return undefined;
  return plain.startsWith('-') ? -BigInt(digits) : BigInt(digits);
}
