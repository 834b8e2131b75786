import type { Method } from '../method.js';
import { prumerge as select } from '../published/prumerge.js';
import { singleCutCounts } from '../schedule/solve-count.js';
import { requireBudgetKind } from '../wiring/budget-kinds.js';
import { classQueryAndKeys, lastBlockSignals } from '../wiring/prumerge-tower.js';
import { afterClass } from '../wiring/shift-map.js';
import { joinMaps, viewsOf } from '../wiring/views.js';

const NAME = 'prumerge';

/** Share of the tokens that the published code keeps on average: 32 of 576. */
const PUBLISHED_SHARE = 32 / 576;

/** PruMerge: outliers of CLS attention, with the others merged into them. */
export const prumerge: Method = {
  name: NAME,
  title: 'PruMerge: outliers of CLS attention, others merged',
  paper:
    'Shang et al., LLaVA-PruMerge: Adaptive Token Reduction for Efficient Large Multimodal Models, ICCV 2025, arXiv 2403.15388',
  repository: 'https://github.com/42Shawn/LLaVA-PruMerge',
  licence: 'Apache-2.0',
  sites: ['vision'],
  signals: ['CLS query and keys of the last tower block'],
  positions: 'keep',
  order: 'score',
  questionDependent: false,
  adaptive: true,
  budgets: ['native'],
  parameters: [
    {
      name: 'neighbours',
      type: 'integer',
      min: 0,
      default: 32,
      description: 'Tokens merged into each kept one',
    },
  ],
  resolve: (parameters, context) => {
    requireBudgetKind(
      prumerge,
      context,
      'it keeps as many tokens as the picture has outliers of attention; prumerge-plus fills up to a budget',
    );
    return parameters;
  },
  simulate: (_, { geometry, visualTokens }) =>
    singleCutCounts(
      geometry.layers,
      visualTokens,
      0,
      1 + Math.round(visualTokens * PUBLISHED_SHARE),
    ),
  start: (parameters, context) => {
    const signals = lastBlockSignals(NAME, context);
    return {
      sites: [
        { site: { kind: 'vision', block: 'output' }, signals: [signals.queries, signals.keys] },
      ],
      decide: (_, { rows, signals: reader }) =>
        joinMaps(
          rows.contents.length,
          viewsOf(rows, reader, 'tile').map((view) => ({
            view,
            map: afterClass(
              select(classQueryAndKeys(view, signals), {
                neighbours: parameters.neighbours as number,
                reference: context.reference,
              }).map,
            ),
          })),
        ),
      report: () => ({ parameters }),
    };
  },
};
