import type { CostPlot, CostPoint } from './cost-points.js';
import { escapeHtml } from './escape-html.js';
import { pointTitle } from './pareto-plot.js';
import { at, type FrameSize, padded, plotFrame, plotSvg } from './plot-frame.js';

const SIZE: FrameSize = {
  width: 220,
  height: 150,
  margin: { left: 30, right: 8, top: 20, bottom: 20 },
  ticks: { x: 4, y: 4 },
};

/** One method's runs in colour among all others. */
function methodPlot(method: string, benchmark: string, { axis, points }: CostPlot): string {
  const frame = plotFrame(
    SIZE,
    padded(
      points.map(({ x }) => x),
      0.05,
      1,
    ),
    padded(
      points.map(({ y }) => y),
      0.06,
      0.5,
    ),
  );
  const isOwn = (point: CostPoint): boolean => point.method === method;
  const own = points.filter(isOwn).sort((a, b) => a.x - b.x);
  const circle = (kind: string, radius: number, point: CostPoint): string =>
    `<circle${kind} cx="${at(frame.left(point.x))}" cy="${at(frame.top(point.y))}" r="${radius}"><title>${pointTitle(point)}</title></circle>`;
  const line = own.map(({ x, y }) => `${at(frame.left(x))},${at(frame.top(y))}`).join(' ');
  return plotSvg(SIZE, `${benchmark}: ${method}, score against ${axis.title}`, [
    frame.grid,
    ...points.filter((point) => !isOwn(point)).map((point) => circle(' class="beaten"', 2, point)),
    `<polyline class="front" points="${line}"/>`,
    ...own.map((point) => circle('', 3.5, point)),
    `<text class="label name" x="${SIZE.margin.left}" y="12">${escapeHtml(method)}</text>`,
  ]);
}

/** A small plot for each method of a plot, in the order of the points. */
export function methodPlots(benchmark: string, plot: CostPlot): readonly string[] {
  const pruned = plot.points.filter(({ isUnpruned }) => !isUnpruned);
  const methods = [...new Set(pruned.map(({ method }) => method))];
  return methods.map((method) => methodPlot(method, benchmark, plot));
}
