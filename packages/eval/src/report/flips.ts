import type { PairedItem } from '../compare/paired.js';
import type { ResultItem } from '../run/run-results.js';
import { escapeHtml } from './escape-html.js';
import { type OftenLost, oftenLost } from './often-lost.js';
import type { PagePictures } from './pictures.js';
import type { ReportRow, ReportSection } from './report.js';

/** Changed answers shown of each run and direction: of a few runs, and of many. */
const MOST_OF_A_RUN = { few: 6, many: 3 };
const FEW_RUNS = 8;
/** Items shown that many runs lose. */
const MOST_OFTEN_LOST = 18;
const MOST_ANSWERS = 3;

const short = (value: unknown): string => {
  if (value === '') return '(empty)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return escapeHtml(text.length > 80 ? `${text.slice(0, 80)}…` : text);
};

async function figure(
  { id, baseline }: PairedItem,
  below: string,
  pictures: PagePictures,
): Promise<string> {
  const { images = [], question = '' } = baseline as Partial<ResultItem>;
  return `<figure>${await pictures.html(images[0])}<figcaption><b>${escapeHtml(id)}</b> ${short(question.split('\n')[0])}<br>gold ${short(baseline.gold)}<br>unpruned ${short(baseline.answer)}<br>${below}</figcaption></figure>`;
}

/** One after the other, so that the same pictures are left out each time. */
async function figures(
  items: readonly (readonly [item: PairedItem, below: string])[],
  pictures: PagePictures,
): Promise<string> {
  const all: string[] = [];
  for (const [item, below] of items) all.push(await figure(item, below, pictures));
  return `<div class="flips">${all.join('')}</div>`;
}

/** So many of a list, spread over it. */
export function spreadOver<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]!);
}

function answersText({ runs, answers }: OftenLost): string {
  const shown = answers
    .slice(0, MOST_ANSWERS)
    .map(([answer, count]) => `${short(answer)} (${count})`);
  const rest = answers.length > MOST_ANSWERS ? ', …' : '';
  return `${runs} runs lose it: ${shown.join(', ')}${rest}`;
}

/** Items that many runs lose, each once. */
async function oftenLostHtml(section: ReportSection, pictures: PagePictures): Promise<string> {
  const items = oftenLost(section);
  if (items.length === 0) return '';
  const shown = items.slice(0, MOST_OFTEN_LOST);
  const title = `Lost by the most runs (${shown.length} of ${items.length} questions that several runs lose)`;
  const entries = shown.map((one) => [one.item, answersText(one)] as const);
  return `<h3>${title}</h3>${await figures(entries, pictures)}`;
}

async function runHtml(
  { run, paired }: ReportRow,
  most: number,
  isOpen: boolean,
  pictures: PagePictures,
): Promise<string> {
  if (!paired || paired.lost.length + paired.gained.length === 0) return '';
  const part = async (title: string, items: readonly PairedItem[]): Promise<string> => {
    if (items.length === 0) return '';
    const shown = spreadOver(items, most);
    const count = shown.length < items.length ? `${shown.length} of ${items.length}` : items.length;
    const entries = shown.map((item) => [item, `pruned ${short(item.other.answer)}`] as const);
    return `<h4>${title} (${count})</h4>${await figures(entries, pictures)}`;
  };
  const summary = `${escapeHtml(run.label)}: ${paired.lost.length} lost, ${paired.gained.length} gained`;
  const lost = await part('Lost by pruning', paired.lost);
  const gained = await part('Gained by pruning', paired.gained);
  return `<details${isOpen ? ' open' : ''}><summary>${summary}</summary>${lost}${gained}</details>`;
}

/** Answers that became right or wrong by pruning, with their pictures, and how many of them are shown. */
export async function flipsHtml(section: ReportSection, pictures: PagePictures): Promise<string> {
  const changed = section.rows.filter(
    ({ paired }) => paired && paired.lost.length + paired.gained.length > 0,
  );
  if (changed.length === 0) return '';
  const isFew = changed.length <= FEW_RUNS;
  const most = isFew ? MOST_OF_A_RUN.few : MOST_OF_A_RUN.many;
  const often = isFew ? '' : await oftenLostHtml(section, pictures);
  const parts: string[] = [];
  for (const row of changed) parts.push(await runHtml(row, most, isFew, pictures));
  const total = changed.reduce(
    (sum, { paired }) => sum + (paired ? paired.lost.length + paired.gained.length : 0),
    0,
  );
  const leftOut =
    pictures.leftOut > 0
      ? ` ${pictures.leftOut} pictures are left out, because they are large.`
      : '';
  return `<h3>Changed answers</h3>
<p class="note">${total} answers of ${changed.length} runs became right or wrong by pruning. Of each run and direction at most ${most} are shown, spread over the questions.${leftOut}</p>
${often}
${isFew ? '' : '<h3>Run by run</h3>'}
${parts.join('')}`;
}
