import type { Schedule } from '@autoprune/core';
import type { Report } from './api.js';
import { svg } from './svg.js';

const WIDTH = 640;
const LEFT = 40;
const TOP = 10;
const BOTTOM = 230;

/** Draws the plan as bars, and what answers really kept as lines: visual tokens leaving each layer. */
export function drawCurve(
  plot: Element,
  plan: Schedule,
  visualTokens: number,
  reports: readonly (Report | undefined)[],
): void {
  const step = (WIDTH - LEFT) / plan.leaving.length;
  const y = (tokens: number): number => BOTTOM - (tokens / visualTokens) * (BOTTOM - TOP);
  const bars = plan.leaving.map((tokens, layer) =>
    svg('rect', {
      class: 'plan',
      x: LEFT + layer * step + 1,
      y: y(tokens),
      width: Math.max(1, step - 2),
      height: BOTTOM - y(tokens),
    }),
  );
  const lines = reports.flatMap((report, index) =>
    report
      ? [
          svg('polyline', {
            class: `run-${index}`,
            points: report.layers
              .map(({ leaving }, layer) => `${LEFT + (layer + 0.5) * step},${y(leaving)}`)
              .join(' '),
          }),
        ]
      : [],
  );
  const axis = svg('line', { class: 'axis', x1: LEFT, y1: BOTTOM, x2: WIDTH, y2: BOTTOM });
  const labels = [
    svg('text', { x: LEFT - 6, y: TOP + 8, 'text-anchor': 'end' }, String(visualTokens)),
    svg('text', { x: LEFT - 6, y: BOTTOM, 'text-anchor': 'end' }, '0'),
    svg('text', { x: LEFT, y: BOTTOM + 18 }, 'layer 0'),
    svg(
      'text',
      { x: WIDTH, y: BOTTOM + 18, 'text-anchor': 'end' },
      `layer ${plan.leaving.length - 1}`,
    ),
  ];
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} 260` });
  drawing.append(...bars, axis, ...lines, ...labels);
  plot.replaceChildren(drawing);
}
