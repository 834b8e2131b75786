import { type CostPlot, type CostPoint, paretoFront } from './cost-points.js';
import { escapeHtml } from './escape-html.js';
import { placeLabels } from './place-labels.js';
import { at, type FrameSize, plotFrame, plotSvg } from './plot-frame.js';
import { pointCircle } from './point-circle.js';

const SIZE: FrameSize = {
  width: 760,
  height: 420,
  margin: { left: 52, right: 24, top: 16, bottom: 46 },
  ticks: { x: 8, y: 7 },
};
/** With more runs only the unpruned one and those that no other beats are named. */
const MOST_NAMED = 12;

interface Place {
  readonly left: number;
  readonly top: number;
}

/** Places along a line, close enough that no label slips between them. */
function alongLine(places: readonly Place[]): readonly Place[] {
  return places.slice(1).flatMap((end, index): Place[] => {
    const start = places[index]!;
    const steps = Math.ceil(Math.hypot(end.left - start.left, end.top - start.top) / 8);
    return Array.from({ length: steps }, (_, step) => ({
      left: start.left + ((end.left - start.left) * step) / steps,
      top: start.top + ((end.top - start.top) * step) / steps,
    }));
  });
}

/** Score against a cost as SVG; the line joins the runs that no other beats in both. */
export function paretoPlot(benchmark: string, { axis, points }: CostPlot): string {
  const frame = plotFrame(SIZE, points, { x: 0.04, y: 0.08 });
  const placed = points.map((point) => ({
    ...point,
    left: frame.left(point.x),
    top: frame.top(point.y),
    text: point.label,
  }));
  const front = paretoFront(placed);
  const isNamed = (point: CostPoint): boolean =>
    placed.length <= MOST_NAMED ||
    point.isUnpruned ||
    front.some(({ label }) => label === point.label);
  const named = placed.filter(isNamed);
  const { margin, width, height } = SIZE;
  const area = { left: margin.left, right: width - 4, top: 2, bottom: height - margin.bottom };
  const labels = placeLabels(named, area, [...placed, ...alongLine(front)]).map(
    ({ left, top, labelLeft, baseline, meets, text }) =>
      `<line class="leader" x1="${at(left)}" y1="${at(top)}" x2="${at(meets.left)}" y2="${at(meets.top)}"/><text class="label" x="${at(labelLeft)}" y="${at(baseline)}">${escapeHtml(text)}</text>`,
  );
  const circles = placed.map((point) => pointCircle(frame, point, 4, front.includes(point)));
  const line = front.map(({ left, top }) => `${at(left)},${at(top)}`).join(' ');
  return plotSvg(SIZE, `${benchmark}: score against ${axis.title}`, [
    frame.grid,
    `<polyline class="front" points="${line}"/>`,
    ...labels,
    ...circles,
    `<text class="axis" text-anchor="middle" x="${width / 2}" y="${height - 8}">${axis.title}</text>`,
    `<text class="axis" text-anchor="middle" transform="rotate(-90)" x="${-height / 2}" y="13">score</text>`,
  ]);
}
