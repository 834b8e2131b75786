import type { Comparison, ComparisonRow } from './run-comparison.js';

interface Column {
  readonly heading: string;
  readonly value: (row: ComparisonRow) => string;
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** Columns of the tables; one question shows its answer, several show shares. */
function columnsOf({ rows, questions }: Comparison): readonly Column[] {
  const known = rows.some(({ accuracy }) => accuracy !== null);
  const one = questions.length === 1;
  return [
    { heading: 'method', value: ({ method }) => method },
    ...(one
      ? [{ heading: 'answer', value: ({ answers }: ComparisonRow) => answers[0] ?? '' }]
      : []),
    ...(known
      ? [{ heading: 'accuracy %', value: ({ accuracy }: ComparisonRow) => percent(accuracy ?? 0) }]
      : []),
    { heading: 'agreement %', value: ({ agreement }) => percent(agreement) },
    { heading: 'mean entering', value: ({ meanEntering }) => meanEntering.toFixed(1) },
    { heading: 'FLOPs %', value: ({ flopsRatio }) => percent(flopsRatio) },
    { heading: 'KV cache %', value: ({ kvShare }) => percent(kvShare) },
    { heading: 'scoring MFLOPs', value: ({ pruningFlops }) => (pruningFlops / 1e6).toFixed(2) },
    { heading: 'prefill ms', value: ({ prefillMs }) => prefillMs.toFixed(1) },
    { heading: 'pruning ms', value: ({ pruningMs }) => pruningMs.toFixed(1) },
    { heading: 'decode ms', value: ({ decodeMs }) => decodeMs.toFixed(1) },
    { heading: 'memory MB', value: ({ residentBytes }) => (residentBytes / 1e6).toFixed(0) },
  ];
}

/** Headings and cells of the methods that ran. */
export function comparisonCells(comparison: Comparison): {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const columns = columnsOf(comparison);
  const ran = comparison.rows.filter(({ refused }) => refused === undefined);
  return {
    headings: columns.map(({ heading }) => heading),
    rows: ran.map((row) => columns.map(({ value }) => value(row))),
  };
}

/** Lines on the methods that could not run. */
export function refusals({ rows }: Comparison): string[] {
  return rows.flatMap(({ method, refused }) => (refused ? [`${method}: ${refused}`] : []));
}

/** The table in Markdown. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { headings, rows } = comparisonCells(comparison);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  const table = [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
  return [...table, ...refusals(comparison).map((text) => `\n${text}`), ''].join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** The table in LaTeX, for the booktabs package. */
export function comparisonLatex(comparison: Comparison): string {
  const { headings, rows } = comparisonCells(comparison);
  const escaped = (text: string): string =>
    text.replace(/[\\~^]|[&%$#_{}]/g, (letter) => LATEX[letter] ?? `\\${letter}`);
  const line = (cells: readonly string[]): string => `${cells.map(escaped).join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
    '\\toprule',
    line(headings),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

/** The table as CSV (RFC 4180). */
export function comparisonCsv(comparison: Comparison): string {
  const { headings, rows } = comparisonCells(comparison);
  const cell = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [headings, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}
