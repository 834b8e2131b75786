/** Letters of options, in order. */
export const LETTERS: readonly string[] = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The letter of the option at a place, A for 0; beyond Z the characters that follow it. */
export const letterAt = (place: number): string => String.fromCharCode('A'.charCodeAt(0) + place);

/** Option texts by letter, A first. */
export const byLetter = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(texts.map((text, place) => [letterAt(place), text]));

/** Option texts by letter of a row that has a column for each option; columns that are not there are left out. */
export function letteredOptions(
  cells: Readonly<Record<string, unknown>>,
  letters: readonly string[] = LETTERS,
): Record<string, string> {
  return Object.fromEntries(
    letters.flatMap((letter) => {
      const text = cells[letter] ?? null;
      return text === null ? [] : [[letter, String(text)]];
    }),
  );
}
