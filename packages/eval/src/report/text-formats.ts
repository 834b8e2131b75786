import type { ReportTable } from './table.js';

/** Tables in GitHub's Markdown. */
export function toMarkdown(tables: readonly ReportTable[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return tables
    .map(({ title, headings, rows, isBest, isProse, notes = [] }) =>
      [
        `## ${title}`,
        '',
        line(headings),
        line(headings.map((_, column) => (column === 0 || isProse ? '---' : '---:'))),
        ...rows.map((cells, row) =>
          line(cells.map((cell, column) => (isBest?.(row, column) ? `**${cell}**` : cell))),
        ),
        '',
        ...notes.flatMap((note) => [note, '']),
      ].join('\n'),
    )
    .join('\n');
}

/** Tables as one CSV file, the table's title in the first column. */
export function toCsv(tables: readonly ReportTable[]): string {
  const cell = (text: string): string =>
    /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return tables
    .map(({ title, headings, rows }) =>
      [['table', ...headings], ...rows.map((cells) => [title, ...cells])]
        .map((cells) => `${cells.map(cell).join(',')}\n`)
        .join(''),
    )
    .join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  '−': '$-$',
};

/** Tables as LaTeX `tabular`s that need no package. */
export function toLatex(tables: readonly ReportTable[]): string {
  const escapeLatex = (text: string): string =>
    text.replace(/[\\{}&%$#_~^<>−]/g, (character) => LATEX[character]!);
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  return tables
    .map(({ title, headings, rows, isBest, beginsGroup, notes = [] }) =>
      [
        `% ${title}`,
        `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
        '\\hline',
        line(headings.map(escapeLatex)),
        ...(beginsGroup ? [] : ['\\hline']),
        ...rows.flatMap((cells, row) => [
          ...(beginsGroup?.(row) ? ['\\hline'] : []),
          line(
            cells.map((cell, column) =>
              isBest?.(row, column) ? `\\textbf{${escapeLatex(cell)}}` : escapeLatex(cell),
            ),
          ),
        ]),
        '\\hline',
        '\\end{tabular}',
        ...notes.map((note) => `% ${note}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}
