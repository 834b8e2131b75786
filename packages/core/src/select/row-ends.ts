import type { TokenRows } from '../token-rows.js';

/**
 * Rows of `kept` that end a row of the picture of which nothing else is kept. They say where a line of tokens ends, and
 * without the line they say nothing.
 */
export function orphanedRowEnds(rows: TokenRows, kept: Iterable<number>): Set<number> {
  const ends: [row: number, start: number, end: number][] = [];
  const tokens: number[] = [];
  for (const row of kept) {
    const content = rows.contents[row]!;
    if (content.kind !== 'patch') continue;
    const line = content.place?.endsRow;
    if (line) ends.push([row, ...line]);
    else tokens.push(content.position);
  }
  const orphans = ends.filter(
    ([, start, end]) => !tokens.some((position) => position >= start && position < end),
  );
  return new Set(orphans.map(([row]) => row));
}
