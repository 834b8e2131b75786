import { headSizeOf } from '../cost/flops.js';
import type { Decision } from '../decision.js';
import type { Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import { sparsevlmV2 as select } from '../published/sparsevlm-v2.js';
import { keepRows } from '../select/row-map.js';
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

const NAME = 'sparsevlm-v2';

/** Counts of version 2 at the budgets of the tables. */
const LISTS = [
  [66, 34, 20],
  [246, 54, 28],
  [238, 108, 60],
  [300, 200, 118],
];

// At least one goes.
const countsOf = sparsevlmCounts((rows, keep) => Math.min(keep, Math.max(0, rows - 1)));

function startRun(parameters: ParameterValues, context: PromptContext): MethodRun {
  const settings = parameters as unknown as SparsevlmSettings & {
    readonly heads: number;
    readonly rotaryBase: number;
  };
  const stages = sparsevlmStages(settings);
  const { geometry, textTokens } = context;
  // 14 of 32 heads as published.
  const heads = context.reference
    ? settings.heads
    : Math.max(1, Math.round((settings.heads * geometry.heads) / 32));
  const state: RaterState = {};
  return {
    sites: sparsevlmSites(stages),
    decide: (site, { rows, signals }): Decision | undefined => {
      if (site.kind !== 'layer') return undefined;
      if (site.layer === 0) return observeRaters(state, rows, signals, settings);
      const count = rows.contents.length;
      const first = state.places!.size;
      const { kept } = select(
        {
          attention: {
            data: signals.get(attentionOf(site.layer)),
            heads: geometry.heads,
            rows: textTokens,
          },
          raters: state.raters!,
          textPositions: Array.from({ length: textTokens }, (_, row) => first + row),
          visualPositions: rows.contents.map((content) => state.places!.get(content) ?? 0),
        },
        {
          keep: stages.find(([layer]) => layer === site.layer)![1],
          headSize: headSizeOf(geometry),
          rotaryBase: settings.rotaryBase,
          heads,
        },
      );
      return keepRows(count, kept);
    },
    report: () => ({ parameters }),
  };
}

/** SparseVLM 2: the same raters, attention without the bias of nearness, the heads that look at the picture. */
export const sparsevlmV2: Method = {
  ...SPARSEVLM_TABLE,
  name: NAME,
  title: 'SparseVLM 2: attention without the bias of position',
  positions: 'keep',
  adaptive: false,
  parameters: [
    ...SPARSEVLM_PARAMETERS,
    {
      name: 'heads',
      type: 'integer',
      min: 1,
      default: 14,
      description: 'Heads that count, of 32',
    },
    {
      name: 'rotaryBase',
      type: 'number',
      min: 1,
      default: 10000,
      description: 'Base of the rotary embedding whose bias is divided out',
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
