// What Python's str calls whitespace: JavaScript's \s has U+FEFF in addition and lacks U+001C to U+001F and U+0085.
const SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${SPACE}]+`);
const TRAILING_CHARACTER = new RegExp(`[${SPACE}]`);
const SPACES = new RegExp(`[${SPACE}]+`);

/** Python's `str.rstrip()`. */
function pythonTrimEnd(text: string): string {
  // A loop, because a pattern anchored at the end takes quadratic time on long runs of blanks inside.
  let end = text.length;
  while (end > 0 && TRAILING_CHARACTER.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Python's `str.strip()`. */
export function pythonTrim(text: string): string {
  return pythonTrimEnd(text).replace(LEADING, '');
}

/** Python's `str.strip(characters)`: removes any of `characters` from both ends. */
export function pythonTrimOf(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text[start]!)) start++;
  while (end > start && characters.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** Python's `str.rstrip(characters)`. */
export function pythonTrimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Python's `str.split()` without an argument: words between runs of whitespace. */
export function pythonWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** Python's `str.lstrip(characters)`. */
export function pythonTrimStartOf(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start++;
  return text.slice(start);
}

/** Python's `len(text)`: code points. */
export function pythonLength(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The inside of a character class that matches what Python's `\s` does. */
export const SPACE_CLASS = SPACE;

/** The inside of a character class (with the `u` flag) that matches what Python's `\w` does. */
export const WORD_CLASS = '\\p{L}\\p{N}_';
