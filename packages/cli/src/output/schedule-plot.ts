import type { Schedule } from '@autoprune/core';
import { plotSvg } from './vega-plot.js';

/** The Vega-Lite specification of a schedule: tokens entering and leaving each layer. */
function scheduleSpec(fitted: Schedule): object {
  const values = fitted.entering.flatMap((tokens, layer) => [
    { layer, tokens, series: 'entering' },
    { layer, tokens: fitted.leaving[layer]!, series: 'leaving' },
  ]);
  return {
    width: 520,
    height: 280,
    data: { values },
    title: {
      text: `${fitted.budget.kind} = ${fitted.budget.value}, slope ${fitted.slope.toFixed(3)}`,
      anchor: 'start',
      fontWeight: 'normal',
    },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
    encoding: {
      x: { field: 'layer', type: 'quantitative', title: 'decoder layer', axis: { tickMinStep: 1 } },
      y: { field: 'tokens', type: 'quantitative', title: 'visual tokens' },
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: { domain: ['entering', 'leaving'], range: ['#0969da', '#d55e00'] },
      },
    },
  };
}

/** A plot of a schedule as SVG. */
export function schedulePlot(fitted: Schedule): Promise<string> {
  return plotSvg(scheduleSpec(fitted));
}
