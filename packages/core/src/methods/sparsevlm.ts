import type { Decision } from '../decision.js';
import type { Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import { sparsevlm as byList } from '../published/sparsevlm.js';
import { sparsevlmRank } from '../published/sparsevlm-rank.js';
import { mergedCount, mergePoolSize, PUBLISHED_MERGE } from '../schedule/merge-counts.js';
import {
  attentionOf,
  observeRaters,
  type RaterState,
  resolveStages,
  SPARSEVLM_PARAMETERS,
  SPARSEVLM_TABLE,
  type SparsevlmSettings,
  sparsevlmCounts,
  sparsevlmSites,
  sparsevlmStages,
} from '../wiring/sparsevlm-stages.js';

const NAME = 'sparsevlm';

/** Counts of versions 1 and 1.5 at the budgets of the tables: after layers 2, 6 and 15 of 32, of 576. */
const LISTS = [
  [66, 30, 17],
  [238, 48, 26],
  [303, 110, 36],
  [300, 200, 110],
];

/** Rows after a cut of `rows` to `keep`, merged ones included; at least one goes. */
function afterCut(rows: number, keep: number): number {
  const kept = Math.min(keep, Math.max(0, rows - 1));
  const dropped = rows - kept;
  return dropped > 0 ? kept + mergedCount(dropped, PUBLISHED_MERGE) : rows;
}

const countsOf = sparsevlmCounts(afterCut);

function startRun(parameters: ParameterValues, context: PromptContext): MethodRun {
  const settings = parameters as unknown as SparsevlmSettings;
  const stages = sparsevlmStages(settings);
  const state: RaterState = {};
  return {
    sites: sparsevlmSites(stages),
    decide: (site, { rows, signals }): Decision | undefined => {
      if (site.kind !== 'layer') return undefined;
      const count = rows.contents.length;
      if (site.layer === 0) return observeRaters(state, rows, signals, settings);
      const attention = {
        data: signals.get(attentionOf(site.layer)),
        heads: context.geometry.heads,
        rows: context.textTokens,
      };
      const asked = { attention, raters: state.raters! };
      const keep = stages.find(([layer]) => layer === site.layer)![1]!;
      const { kept, scores } =
        settings.count === 'rank' ? sparsevlmRank(asked) : byList(asked, { keep });
      const dropped = count - kept.length;
      if (dropped === 0) return undefined;
      return {
        kind: 'rule',
        score: [{ values: scores }],
        keep: kept.length,
        order: 'spatial',
        merge: {
          kind: 'density-peaks',
          pool: mergePoolSize(dropped, PUBLISHED_MERGE),
          clusters: mergedCount(dropped, PUBLISHED_MERGE),
        },
      };
    },
    report: () => ({ parameters }),
  };
}

/** SparseVLM (versions 1 and 1.5): raters among the text, three cuts, and the best of the dropped merged. */
export const sparsevlm: Method = {
  ...SPARSEVLM_TABLE,
  name: NAME,
  title: 'SparseVLM: text raters, cuts in stages, recycling',
  positions: 'renumber',
  // By rank, counts follow from the attention; by list they are fixed.
  adaptive: false,
  parameters: [
    ...SPARSEVLM_PARAMETERS,
    {
      name: 'count',
      type: 'string',
      values: ['list', 'rank'],
      default: 'list',
      description:
        'How many stay: fixed lists (1.5), or 13.5 times the rank of the raters’ attention (1), which only the picture and the question know',
    },
  ],
  resolve: (parameters, context) => resolveStages(NAME, parameters, context, LISTS, countsOf),
  simulate: (parameters, { geometry, visualTokens }) =>
    countsOf(
      geometry.layers,
      visualTokens,
      sparsevlmStages(parameters as unknown as SparsevlmSettings),
    ),
  start: startRun,
};
