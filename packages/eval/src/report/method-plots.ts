import type { CostPlot, CostPoint } from './cost-points.js';
import { escapeHtml } from './escape-html.js';
import { at, type FrameSize, plotFrame, plotSvg } from './plot-frame.js';
import { pointCircle } from './point-circle.js';

const SIZE: FrameSize = {
  width: 220,
  height: 150,
  margin: { left: 30, right: 8, top: 20, bottom: 20 },
  ticks: { x: 4, y: 4 },
};

/** One method's runs in colour among all others. */
function methodPlot(method: string, benchmark: string, { axis, points }: CostPlot): string {
  const frame = plotFrame(SIZE, points, { x: 0.05, y: 0.06 });
  const isOwn = (point: CostPoint): boolean => point.method === method;
  const own = points.filter(isOwn).sort((a, b) => a.x - b.x);
  const line = own.map(({ x, y }) => `${at(frame.left(x))},${at(frame.top(y))}`).join(' ');
  return plotSvg(SIZE, `${benchmark}: ${method}, score against ${axis.title}`, [
    frame.grid,
    ...points.filter((point) => !isOwn(point)).map((point) => pointCircle(frame, point, 2, false)),
    `<polyline class="front" points="${line}"/>`,
    ...own.map((point) => pointCircle(frame, point, 3.5, true)),
    `<text class="label name" x="${SIZE.margin.left}" y="12">${escapeHtml(method)}</text>`,
  ]);
}

/** A small plot for each method of a plot, in the order of the points. */
export function methodPlots(benchmark: string, plot: CostPlot): readonly string[] {
  const pruned = plot.points.filter(({ isUnpruned }) => !isUnpruned);
  const methods = [...new Set(pruned.map(({ method }) => method))];
  return methods.map((method) => methodPlot(method, benchmark, plot));
}
