import { plotSvg } from '../output/vega-plot.js';
import type { Comparison } from './run-comparison.js';

/** Methods that no other beats in both: at most its cost, and at least its score. */
function paretoFront(
  points: readonly { readonly method: string; readonly cost: number; readonly score: number }[],
): string[] {
  return points
    .filter(
      (one) =>
        !points.some(
          (other) =>
            other.cost <= one.cost &&
            other.score >= one.score &&
            (other.cost < one.cost || other.score > one.score),
        ),
    )
    .map(({ method }) => method);
}

/** A plot of score against true cost as SVG: accuracy where it is known, else agreement. */
export function paretoPlot(comparison: Comparison): Promise<string> {
  const known = comparison.rows.some(({ accuracy }) => accuracy !== null);
  const points = comparison.rows
    .filter(({ refused }) => refused === undefined)
    .map(({ method, flopsRatio, accuracy, agreement }) => ({
      method,
      cost: 100 * flopsRatio,
      score: 100 * (known ? (accuracy ?? 0) : agreement),
    }));
  const front = new Set(paretoFront(points));
  const values = points.map((point) => ({ ...point, best: front.has(point.method) }));
  const position = {
    x: {
      field: 'cost',
      type: 'quantitative',
      title: 'prefill FLOPs, % of unpruned',
      scale: { zero: false },
    },
    y: {
      field: 'score',
      type: 'quantitative',
      title: known ? 'accuracy %' : 'agreement with unpruned %',
      scale: { zero: false },
    },
  };
  const spec = {
    width: 520,
    height: 320,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'line', interpolate: 'step-after', color: '#8c959f' },
        encoding: position,
      },
      {
        mark: { type: 'point', filled: true, size: 60 },
        encoding: {
          ...position,
          color: { condition: { test: 'datum.best', value: '#0969da' }, value: '#8c959f' },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 7, fontSize: 10 },
        encoding: { ...position, text: { field: 'method' } },
      },
    ],
  };
  return plotSvg(spec);
}
