import type { RunCost } from './read-runs.js';
import type { ReportSection } from './report.js';

/** A cost that runs are plotted against. */
interface CostAxis {
  readonly title: string;
  readonly of: (cost: RunCost) => number | null;
}

const FLOPS_AXIS: CostAxis = {
  title: 'decoder prefill FLOPs, % of unpruned',
  of: ({ flopsRatio }) => flopsRatio,
};

const CACHE_AXIS: CostAxis = {
  title: 'cache after the prefill, % of unpruned',
  of: ({ kvRatio }) => kvRatio,
};

/** A run in a plot. */
export interface CostPoint {
  readonly label: string;
  readonly method: string;
  readonly isUnpruned: boolean;
  /** Cost in percent of unpruned. */
  readonly x: number;
  readonly y: number;
}

/** Runs against one cost. */
export interface CostPlot {
  readonly axis: CostAxis;
  readonly points: readonly CostPoint[];
}

/** Above this share a run has saved nothing. */
const SAVED_NOTHING = 0.999;

/** Runs that save some of a cost, and the unpruned one. */
function pointsOn(axis: CostAxis, { rows }: ReportSection): readonly CostPoint[] {
  return rows.flatMap(({ run: { label, method, isUnpruned, cost }, score }): CostPoint[] => {
    const share = axis.of(cost);
    if (share === null || (share > SAVED_NOTHING && !isUnpruned)) return [];
    return [{ label, method, isUnpruned, x: 100 * share, y: score }];
  });
}

/** The plots of a benchmark: one for each cost that some run saves. */
export function costPlots(section: ReportSection): readonly CostPlot[] {
  return [FLOPS_AXIS, CACHE_AXIS].flatMap((axis) => {
    const points = pointsOn(axis, section);
    return points.length < 2 ? [] : [{ axis, points }];
  });
}

/** Points that no other point beats in both cost and score, by cost. */
export function paretoFront<Point extends { readonly x: number; readonly y: number }>(
  points: readonly Point[],
): readonly Point[] {
  return points
    .filter(
      (one) =>
        !points.some(
          (other) => other.x <= one.x && other.y >= one.y && (other.x < one.x || other.y > one.y),
        ),
    )
    .sort((a, b) => a.x - b.x);
}
