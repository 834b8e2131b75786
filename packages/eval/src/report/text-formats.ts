import type { ReportTable } from './table.js';

/** Tables in GitHub's Markdown. */
export function toMarkdown(tables: readonly ReportTable[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return tables
    .map(({ title, headings, rows }) =>
      [
        `## ${title}`,
        '',
        line(headings),
        line(headings.map((_, column) => (column === 0 ? '---' : '---:'))),
        ...rows.map(line),
        '',
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
  const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(' & ')} \\\\`;
  return tables
    .map(({ title, headings, rows }) =>
      [
        `% ${title}`,
        `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
        '\\hline',
        line(headings),
        '\\hline',
        ...rows.map(line),
        '\\hline',
        '\\end{tabular}',
        '',
      ].join('\n'),
    )
    .join('\n');
}
