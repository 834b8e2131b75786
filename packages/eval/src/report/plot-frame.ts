import { escapeHtml } from './escape-html.js';

/** Size of a plot in its own units, with the room around the axes. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
  readonly margin: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
  /** About so many marks on each axis. */
  readonly ticks: { readonly x: number; readonly y: number };
}

/** Where values lie in a plot, and the lines and numbers around them. */
export interface Frame {
  left(x: number): number;
  top(y: number): number;
  /** Grid and numbers as SVG. */
  readonly grid: string;
}

/** A place in the units of the axes. */
interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

type Range = readonly [low: number, high: number];

/** Round steps that give about `count` marks. */
function ticks([low, high]: Range, count: number): readonly number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-6);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

/** A range with some room on both sides: a share of its extent, `least` at least. */
function padded(values: readonly number[], share: number, least: number): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((high - low) * share, least);
  return [low - room, high + room];
}

/** A number for an attribute. */
export const at = (value: number): string => value.toFixed(1);

/**
 * A frame around points, with room of 1 across and 0.5 up and down at least.
 *
 * @param room  room on each side, as a share of the extent of the points
 */
export function plotFrame(
  { width, height, margin, ticks: count }: FrameSize,
  points: readonly PlotPoint[],
  room: PlotPoint,
): Frame {
  const x = padded(
    points.map((point) => point.x),
    room.x,
    1,
  );
  const y = padded(
    points.map((point) => point.y),
    room.y,
    0.5,
  );
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const left = (value: number): number =>
    margin.left + ((value - x[0]) / (x[1] - x[0])) * (right - margin.left);
  const top = (value: number): number =>
    bottom - ((value - y[0]) / (y[1] - y[0])) * (bottom - margin.top);
  const rows = ticks(y, count.y).map(
    (value) =>
      `<line class="grid" x1="${margin.left}" x2="${right}" y1="${at(top(value))}" y2="${at(top(value))}"/><text class="tick" text-anchor="end" x="${margin.left - 6}" y="${at(top(value) + 4)}">${value}</text>`,
  );
  const columns = ticks(x, count.x).map(
    (value) =>
      `<text class="tick" text-anchor="middle" x="${at(left(value))}" y="${bottom + 16}">${value}</text>`,
  );
  return { left, top, grid: [...rows, ...columns].join('') };
}

/** A whole plot. */
export function plotSvg(
  { width, height }: FrameSize,
  name: string,
  parts: readonly string[],
): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(name)}">${parts.join('')}</svg>`;
}
