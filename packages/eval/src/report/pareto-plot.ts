import { escapeHtml } from './escape-html.js';
import type { ReportSection } from './report.js';

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 56, right: 24, top: 20, bottom: 44 };

interface Point {
  readonly label: string;
  /** FLOPs in percent of unpruned. */
  readonly x: number;
  readonly y: number;
}

/** Round steps that give about `count` ticks. */
function ticks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(low / step) * step;
  const all: number[] = [];
  for (let value = first; value <= high + step / 1e6; value += step) {
    all.push(Number(value.toPrecision(12)));
  }
  return all;
}

/** Points that no other point beats in both cost and score, by cost. */
export function paretoFront(points: readonly Point[]): Point[] {
  return points
    .filter(
      (one) =>
        !points.some(
          (other) => other.x <= one.x && other.y >= one.y && (other.x < one.x || other.y > one.y),
        ),
    )
    .sort((a, b) => a.x - b.x);
}

/** Score against FLOPs as SVG; the line joins the runs that no other beats. Empty without costs. */
export function paretoPlot({ benchmark, rows }: ReportSection): string {
  const points = rows.flatMap(({ run, score }): Point[] =>
    run.cost.flopsRatio === null
      ? []
      : [{ label: run.label, x: 100 * run.cost.flopsRatio, y: score }],
  );
  if (points.length < 2) return '';
  const scores = points.map(({ y }) => y);
  const pad = Math.max((Math.max(...scores) - Math.min(...scores)) * 0.12, 0.5);
  const [low, high] = [Math.min(...scores) - pad, Math.max(...scores) + pad];
  const left = (x: number): number =>
    MARGIN.left + (x / 105) * (WIDTH - MARGIN.left - MARGIN.right);
  const top = (y: number): number =>
    HEIGHT - MARGIN.bottom - ((y - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = (value: number): string => value.toFixed(1);
  const vertical = ticks(low, high, 6).map(
    (y) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(top(y))}" y2="${at(top(y))}"/><text class="tick" text-anchor="end" x="${MARGIN.left - 8}" y="${at(top(y) + 4)}">${y}</text>`,
  );
  const horizontal = ticks(0, 100, 5).map(
    (x) =>
      `<text class="tick" text-anchor="middle" x="${at(left(x))}" y="${HEIGHT - MARGIN.bottom + 18}">${x}</text>`,
  );
  const front = paretoFront(points)
    .map(({ x, y }) => `${at(left(x))},${at(top(y))}`)
    .join(' ');
  const dots = points.map(({ label, x, y }) => {
    const end = x > 60;
    return `<circle cx="${at(left(x))}" cy="${at(top(y))}" r="4"><title>${escapeHtml(label)}: ${y.toFixed(2)} at ${x.toFixed(1)} % of the FLOPs</title></circle><text class="label" text-anchor="${end ? 'end' : 'start'}" x="${at(left(x) + (end ? -8 : 8))}" y="${at(top(y) - 6)}">${escapeHtml(label)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(benchmark)}: score against FLOPs">
${vertical.join('')}${horizontal.join('')}
<polyline class="front" points="${front}"/>
${dots.join('')}
<text class="axis" text-anchor="middle" x="${WIDTH / 2}" y="${HEIGHT - 8}">decoder prefill FLOPs, % of unpruned</text>
<text class="axis" text-anchor="middle" transform="rotate(-90)" x="${-HEIGHT / 2}" y="14">score</text>
</svg>`;
}
