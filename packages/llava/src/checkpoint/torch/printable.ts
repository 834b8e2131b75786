/** Longer texts of a file are cut in messages: an error stays one line that a terminal can show. */
const MAX_SHOWN_CHARACTERS = 120;

/**
 * A text out of an untrusted file, fit for a message: control and direction characters are escaped
 * (they could rewrite the terminal line) and a long text is cut.
 */
export function printable(text: string): string {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? text.slice(0, MAX_SHOWN_CHARACTERS) : text;
  const escaped = shown.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  return shown === text ? escaped : `${escaped}…`;
}
