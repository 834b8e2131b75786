import { AutopruneError } from '@autoprune/core';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];
const COMMA = 0x2c;

/** Index of the quote that ends the string whose first quote is at `start`; the text's length where none does. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/**
 * Refuses a JSON text that nests deeper or holds more values than any request needs, before it is parsed: a few
 * megabytes of brackets become a gigabyte of objects.
 *
 * @param limits  nesting, and the number of values (containers and what follows a comma)
 * @throws JSON_TOO_DEEP, JSON_TOO_MANY_VALUES
 */
export function requireModestJson(
  text: string,
  limits: { readonly maxJsonDepth: number; readonly maxJsonValues: number },
): void {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = stringEnd(text, index);
    else if (OPENING.includes(character)) {
      depth++;
      values++;
    } else if (CLOSING.includes(character)) depth--;
    else if (character === COMMA) values++;
    if (depth > limits.maxJsonDepth) {
      throw new AutopruneError(
        'JSON_TOO_DEEP',
        `The body nests deeper than ${limits.maxJsonDepth} levels; no request needs that`,
        { ...limits },
      );
    }
    if (values > limits.maxJsonValues) {
      throw new AutopruneError(
        'JSON_TOO_MANY_VALUES',
        `The body holds more than ${limits.maxJsonValues} values; send fewer messages or pictures`,
        { ...limits },
      );
    }
  }
}
