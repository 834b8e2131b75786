import { comparisonCells, refusals } from './comparison-tables.js';
import type { Comparison } from './run-comparison.js';

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1f2328}
table{border-collapse:collapse}th,td{padding:.3rem .7rem;border-bottom:1px solid #d1d9e0;text-align:right}
th:first-child,td:first-child{text-align:left}figure{margin:1.5rem 0}figure svg,figure img{max-width:100%;height:auto}`;

/**
 * The report as one page without outside files.
 *
 * @param plot  SVG of the Pareto plot
 * @param overlays  PNG of what each method kept of the first question
 */
export function reportHtml(
  comparison: Comparison,
  plot: string,
  overlays: ReadonlyMap<string, Uint8Array>,
): string {
  const { headings, rows } = comparisonCells(comparison);
  const { kind, value } = comparison.budget;
  const cells = (tag: 'th' | 'td', texts: readonly string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  const sheets = [...overlays].map(
    ([method, png]) =>
      `<figure><figcaption>${escaped(method)}</figcaption><img alt="What ${escaped(method)} kept" src="data:image/png;base64,${Buffer.from(png).toString('base64')}"></figure>`,
  );
  const asked = value === undefined ? kind : `${kind} = ${value}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Methods at ${escaped(asked)}</title><style>${STYLE}</style></head><body>
<h1>Methods at ${escaped(asked)}</h1>
<p>${comparison.questions.length === 1 ? escaped(comparison.questions[0]!.text) : `${comparison.questions.length} questions`}</p>
<table>${cells('th', headings)}${rows.map((row) => cells('td', row)).join('')}</table>
${refusals(comparison)
  .map((text) => `<p>${escaped(text)}</p>`)
  .join('\n')}
<figure>${plot}</figure>
${sheets.join('\n')}
</body></html>
`;
}
