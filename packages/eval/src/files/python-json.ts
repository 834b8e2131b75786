/** Strings, numbers, and the constants that Python writes and JSON lacks. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity\b|\bNaN\b/g;
const WHOLE = /^-?\d+$/;
const MAYBE_SPECIAL = /\d{16}|NaN|Infinity/;
const CONSTANTS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity,
  '-Infinity': -Infinity,
};
const CONSTANT_KEY = '\u0000constant';

/**
 * Parses JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers. A whole number that a double cannot
 * hold becomes its text, so that an id such as 1000000000000000001 keeps its digits.
 *
 * @throws SyntaxError as `JSON.parse`
 */
export function parsePythonJson(text: string): unknown {
  if (!MAYBE_SPECIAL.test(text)) return JSON.parse(text);
  const rewritten = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token;
    if (token in CONSTANTS) return JSON.stringify({ [CONSTANT_KEY]: token });
    return WHOLE.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
  });
  return JSON.parse(rewritten, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(CONSTANT_KEY in value)) return value;
    return CONSTANTS[String(value[CONSTANT_KEY])];
  });
}

const escapeUnicode = (text: string): string =>
  text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Writes JSON as Python's `json.dump` does by default: a blank after comma and colon, ASCII only.
 */
export function writePythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writePythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, field]) => `${writePythonJson(key)}: ${writePythonJson(field)}`,
    );
    return `{${fields.join(', ')}}`;
  }
  return escapeUnicode(JSON.stringify(value));
}
