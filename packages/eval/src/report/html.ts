import { costPlots } from './cost-points.js';
import { escapeHtml } from './escape-html.js';
import { flipsHtml } from './flips.js';
import { methodPlots } from './method-plots.js';
import { paretoPlot } from './pareto-plot.js';
import { PagePictures } from './pictures.js';
import type { Report, ReportSection } from './report.js';
import { closingTables, type ReportTable, sectionTables } from './table.js';

/** With more methods each gets a plot of its own. */
const MOST_METHODS_IN_ONE_PLOT = 6;

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --faint: #6b7684; --line: #d9dee5; --ground: #fff; --mark: #0b62c4; --shade: #1d253026; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --faint: #97a2b0; --line: #333c47; --ground: #14181e; --mark: #6db1ff; --shade: #0009; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 2rem auto; max-width: 80rem; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; font-size: 1.2rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.scroll { overflow-x: auto; background: linear-gradient(to left, var(--ground) 40%, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--shade), transparent) right / 1rem 100% no-repeat scroll; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; font-size: .85rem; min-width: 50%; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--ground); } td:first-child { white-space: normal; min-width: 9rem; } th { color: var(--faint); font-weight: 600; white-space: normal; vertical-align: bottom; }
.prose th, .prose td { text-align: left; white-space: normal; vertical-align: top; }
td.best { font-weight: 700; } tr.group td { border-top: 1px solid var(--line); } tbody tr:first-child td { border-top: 0; }
svg { display: block; max-width: 54rem; width: 100%; height: auto; } .scroll > svg { min-width: 40rem; } .grid { stroke: var(--line); } .front { fill: none; stroke: var(--mark); stroke-width: 1.5; }
circle { fill: var(--mark); } circle.beaten { fill: var(--faint); opacity: .45; } .leader { stroke: var(--faint); stroke-width: .7; }
.tick, .axis, .label { font-size: 11px; fill: var(--faint); } .label { fill: var(--ink); } .name { font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem; }
.flips { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
summary { cursor: pointer; padding: .25rem 0; } details[open] { margin-bottom: 1.25rem; } h4 { font-size: .9rem; margin: .75rem 0 .4rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: .6rem; break-inside: avoid; } img { width: 100%; aspect-ratio: 1; object-fit: contain; }
figcaption { font-size: .8rem; overflow-wrap: anywhere; } .note { color: var(--faint); font-size: .9rem; }
@media (max-width: 40rem) { body { margin: 1rem auto; padding: 0 1rem; } td:first-child { min-width: 7rem; } .plots, .flips { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); } }`;

/** A box of its own for what is wider than the page; it can be reached with the keyboard. */
const scrolling = (title: string, content: string): string =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}">${content}</div>`;

function tableHtml({
  title,
  headings,
  rows,
  isBest,
  beginsGroup,
  isProse,
  notes = [],
}: ReportTable): string {
  const head = headings.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  const body = rows.map((cells, row) => {
    const own = cells.map(
      (cell, column) =>
        `<td${isBest?.(row, column) ? ' class="best"' : ''}>${escapeHtml(cell)}</td>`,
    );
    return `<tr${beginsGroup?.(row) ? ' class="group"' : ''}>${own.join('')}</tr>`;
  });
  const below = notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`);
  const kind = isProse ? ' class="prose"' : '';
  return `<h3>${escapeHtml(title)}</h3>${scrolling(title, `<table${kind}><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`)}${below.join('')}`;
}

/** The overview of every cost; with many methods also a plot of each, on the first cost that it saves. */
function plotsHtml(section: ReportSection): string {
  const { benchmark } = section;
  const drawn = new Set<string>();
  return costPlots(section)
    .map((plot) => {
      const title = `Score against ${plot.axis.title}`;
      const overview = `<h3>${title}</h3>${scrolling(title, paretoPlot(benchmark, plot))}`;
      const points = plot.points.filter(({ method }) => !drawn.has(method));
      const own = points.filter(({ isUnpruned }) => !isUnpruned);
      for (const { method } of own) drawn.add(method);
      if (new Set(own.map(({ method }) => method)).size <= MOST_METHODS_IN_ONE_PLOT)
        return overview;
      const methods = methodPlots(benchmark, { ...plot, points });
      return `${overview}<h4>Each method among all others</h4><div class="plots">${methods.join('')}</div>`;
    })
    .join('');
}

function introduction({ rows }: ReportSection): string {
  const [first] = rows;
  if (!first) return '';
  const methods = new Set(rows.filter(({ run }) => !run.isUnpruned).map(({ run }) => run.method));
  const { modelId, result, isUnpruned } = first.run;
  const unpruned = isUnpruned
    ? `unpruned it scores ${first.score.toFixed(2)}`
    : 'without an unpruned run';
  return `<p>${escapeHtml(modelId)} on ${result.items.length} items: ${unpruned}; ${rows.length} runs, ${methods.size} methods.</p>`;
}

async function sectionHtml(section: ReportSection, pictures: PagePictures): Promise<string> {
  const tables = sectionTables(section);
  const budgets = tables.slice(0, -1).map(tableHtml).join('');
  const runs = tables.slice(-1).map(tableHtml).join('');
  const flips = await flipsHtml(section, pictures);
  return `<section><h2>${escapeHtml(section.benchmark)}</h2>${introduction(section)}${budgets}${plotsHtml(section)}${runs}${flips}</section>`;
}

/** A report as one static page without scripts or outside files; it opens from a file. */
export async function toHtml(report: Report): Promise<string> {
  const pictures = new PagePictures();
  const sections: string[] = [];
  for (const section of report.sections) sections.push(await sectionHtml(section, pictures));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pruning report</title><style>${STYLE}</style></head><body>
<h1>Pruning report</h1>
<p class="note">Differences are means over the items that both runs answered, in points of 100, with a 95 % interval over resampled items; p is McNemar's exact test of gained against lost. FLOPs are those of the decoder's prefill, the cache is what it holds after it, both relative to the unpruned prompt. The line in a plot joins the runs that no other beats in both score and cost.</p>
${sections.join('\n')}
${closingTables(report).map(tableHtml).join('\n')}
</body></html>
`;
}
