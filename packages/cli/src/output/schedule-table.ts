import type { Schedule } from '@autoprune/core';
import { percent } from './quantities.js';
import { renderTable } from './table.js';

/** Characters of the longest bar. */
const BAR = 32;

/** A schedule as lines for a terminal: the tokens of each layer, and what they come to. */
export function scheduleTable(fitted: Schedule): string {
  const { entering, leaving, keep, merged, keepShare, budget } = fitted;
  const most = Math.max(...entering, 1);
  const table = renderTable({
    headings: ['layer', 'entering', 'kept', 'merged', 'leaving', 'share', ''],
    rows: entering.map((tokens, layer) => [
      String(layer),
      String(tokens),
      String(keep[layer]),
      String(merged[layer]),
      String(leaving[layer]),
      layer === 0 ? '' : keepShare[layer - 1]!.toFixed(3),
      '█'.repeat(Math.round((tokens / most) * BAR)),
    ]),
  });
  const miss = budget.achieved - budget.value;
  return [
    table,
    '',
    `slope ${fitted.slope.toFixed(4)}, scale ${fitted.scale === null ? 'none (curve fits as it is)' : fitted.scale.toFixed(4)}`,
    `mean entering ${fitted.meanEntering.toFixed(2)}, mean leaving ${fitted.meanLeaving.toFixed(2)}, prefill FLOPs ${percent(fitted.flopsRatio)} of unpruned`,
    `asked ${budget.kind}=${budget.value}, got ${Number(budget.achieved.toFixed(4))}${Math.abs(miss) < 1e-9 ? '' : ` (off by ${miss.toPrecision(2)})`}`,
  ].join('\n');
}
