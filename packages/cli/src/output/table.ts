/** A table: headings, and rows of texts. Numbers align right where every cell of a column looks like one. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NUMERIC = /^[-+]?[\d.,]+( ?[%×kMGT]?B?| ms| s)?$/;

/** Columns that a character takes in a terminal; wide scripts take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0x300 && code <= 0x36f) continue;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      code >= 0x1f300;
    width += wide ? 2 : 1;
  }
  return width;
}

/** The table as lines for a terminal. */
export function renderTable({ headings, rows }: Table): string {
  const widths = headings.map((heading, column) =>
    Math.max(displayWidth(heading), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const right = headings.map(
    (_, column) =>
      rows.length > 0 &&
      rows.every((row) => (row[column] ?? '') === '' || NUMERIC.test(row[column]!)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        const padding = ' '.repeat(Math.max(width - displayWidth(cell), 0));
        return right[column] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(headings), rule, ...rows.map(line)].join('\n');
}
