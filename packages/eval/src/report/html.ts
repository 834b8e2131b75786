import { readFile } from 'node:fs/promises';
import type { PairedItem } from '../compare/paired.js';
import type { ResultItem } from '../run/run-results.js';
import { escapeHtml } from './escape-html.js';
import { paretoPlot } from './pareto-plot.js';
import type { Report, ReportRow, ReportSection } from './report.js';
import { type ReportTable, reportTables } from './table.js';

/** Changed answers shown of each run and direction. */
const MOST_FLIPS = 6;
/** Larger pictures are not put into the page. */
const LARGEST_PICTURE_BYTES = 400_000;

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --faint: #6b7684; --line: #d9dee5; --ground: #fff; --mark: #0b62c4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --faint: #97a2b0; --line: #333c47; --ground: #14181e; --mark: #6db1ff; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto; max-width: 76rem; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; font-size: 1.2rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--faint); font-weight: 600; white-space: normal; vertical-align: bottom; }
svg { max-width: 46rem; width: 100%; height: auto; margin-top: 1rem; } .grid { stroke: var(--line); } .front { fill: none; stroke: var(--mark); stroke-width: 1.5; }
circle { fill: var(--mark); } .tick, .axis, .label { font-size: 11px; fill: var(--faint); } .label { fill: var(--ink); }
.flips { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: .6rem; } img { width: 100%; aspect-ratio: 1; object-fit: contain; }
figcaption { font-size: .8rem; overflow-wrap: anywhere; } .note { color: var(--faint); font-size: .9rem; }`;

function tableHtml({ headings, rows }: ReportTable): string {
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row('th', headings)}</thead><tbody>${rows
    .map((cells) => row('td', cells))
    .join('')}</tbody></table></div>`;
}

/** A picture as a data address, or nothing where it is absent or large. */
async function pictureHtml(path: string | undefined): Promise<string> {
  const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined);
  if (!bytes || bytes.length > LARGEST_PICTURE_BYTES) return '';
  const type = bytes[0] === 0x89 ? 'png' : 'jpeg';
  return `<img alt="" src="data:image/${type};base64,${bytes.toString('base64')}">`;
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return escapeHtml(text.length > 80 ? `${text.slice(0, 80)}…` : text);
};

async function flipHtml({ id, baseline, other }: PairedItem): Promise<string> {
  const { images = [], question = '' } = baseline as Partial<ResultItem>;
  return `<figure>${await pictureHtml(images[0])}<figcaption><b>${escapeHtml(id)}</b> ${short(question.split('\n')[0])}<br>gold ${short(baseline.gold)}<br>unpruned ${short(baseline.answer)}<br>pruned ${short(other.answer)}</figcaption></figure>`;
}

async function flipsHtml({ run, paired }: ReportRow): Promise<string> {
  if (!paired) return '';
  const part = async (title: string, items: readonly PairedItem[]): Promise<string> => {
    if (items.length === 0) return '';
    const shown = await Promise.all(items.slice(0, MOST_FLIPS).map(flipHtml));
    const rest = items.length > MOST_FLIPS ? `, the first ${MOST_FLIPS}` : '';
    return `<h3>${escapeHtml(run.label)}: ${title} (${items.length}${rest})</h3><div class="flips">${shown.join('')}</div>`;
  };
  return `${await part('lost by pruning', paired.lost)}${await part('gained by pruning', paired.gained)}`;
}

async function sectionHtml(section: ReportSection, table: ReportTable): Promise<string> {
  const flips = await Promise.all(section.rows.map(flipsHtml));
  return `<section><h2>${escapeHtml(table.title)}</h2>${tableHtml(table)}${paretoPlot(section)}${flips.join('')}</section>`;
}

/** A report as one static page without scripts or outside files; it opens from a file. */
export async function toHtml(report: Report): Promise<string> {
  const tables = reportTables(report);
  const sections = await Promise.all(
    report.sections.map((section, at) => sectionHtml(section, tables[at]!)),
  );
  const summary = tables
    .slice(report.sections.length)
    .map((table) => `<h2>${escapeHtml(table.title)}</h2>${tableHtml(table)}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pruning report</title><style>${STYLE}</style></head><body>
<h1>Pruning report</h1>
<p class="note">Differences are means over the items that both runs answered, in points of 100, with a 95 % interval over resampled items; p is McNemar's exact test of gained against lost. FLOPs are those of the decoder's prefill, relative to the unpruned prompt.</p>
${sections.join('\n')}
${summary.join('\n')}
</body></html>
`;
}
