import { plotSvg } from '../output/vega-plot.js';
import type { BenchReport } from './report.js';

/** The Vega-Lite specification of a report: the time to the first token, by what it goes into. */
function benchSpec({ model, dtype, results }: BenchReport): object {
  const labels = results.map(({ label }) => label);
  const values = results.flatMap(({ label, vision, prefill, pruning, firstToken }) => [
    { label, part: 'vision', seconds: vision.median / 1000, order: 0 },
    { label, part: 'prefill', seconds: (prefill.median - pruning.median) / 1000, order: 1 },
    { label, part: 'pruning', seconds: pruning.median / 1000, order: 2 },
    {
      label,
      part: 'other',
      seconds: Math.max(0, firstToken.median - vision.median - prefill.median) / 1000,
      order: 3,
    },
  ]);
  return {
    width: 520,
    height: { step: 34 },
    data: { values },
    title: { text: `${model}, ${dtype}: time to the first token`, anchor: 'start' },
    mark: 'bar',
    encoding: {
      y: { field: 'label', type: 'nominal', title: null, sort: labels },
      x: { field: 'seconds', type: 'quantitative', aggregate: 'sum', title: 'seconds' },
      order: { field: 'order' },
      color: {
        field: 'part',
        type: 'nominal',
        title: null,
        scale: {
          domain: ['vision', 'prefill', 'pruning', 'other'],
          range: ['#d55e00', '#0969da', '#cf222e', '#8c959f'],
        },
      },
    },
  };
}

/** A plot of a report as SVG. */
export function benchPlot(report: BenchReport): Promise<string> {
  return plotSvg(benchSpec(report));
}
