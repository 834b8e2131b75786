import type { Method, ParameterValues, PromptContext } from '../method.js';
import { prumergePlus as byOutliers } from '../published/prumerge-plus.js';
import { prumergePlusBudget } from '../published/prumerge-plus-budget.js';
import { singleCutCounts } from '../schedule/solve-count.js';
import type { RowMap } from '../select/row-map.js';
import {
  type KeepSettings,
  keepCount,
  keepParameters,
  resolveKeep,
} from '../wiring/keep-budget.js';
import { classQueryAndKeys, lastBlockSignals, withoutClass } from '../wiring/prumerge-tower.js';
import { afterClass } from '../wiring/shift-map.js';
import { joinMaps, shareOut, type View, viewsOf } from '../wiring/views.js';

const NAME = 'prumerge-plus';

/** Share of the tokens that the published code keeps on average: 144 of 576. */
const PUBLISHED_SHARE = 144 / 576;

/** Without a budget the picture decides; `keep` then stays open. */
function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const open = parameters.keep === null && parameters.share === null;
  if (context.budget.kind === 'native' && open) return parameters;
  return resolveKeep(NAME, parameters, context, { layer: 0, native: 0 });
}

/** PruMerge+: outliers and evenly spaced tokens, with the others merged into them. */
export const prumergePlus: Method = {
  name: NAME,
  title: 'PruMerge+: outliers and even samples, others merged',
  paper:
    'Shang et al., LLaVA-PruMerge: Adaptive Token Reduction for Efficient Large Multimodal Models, ICCV 2025, arXiv 2403.15388',
  repository: 'https://github.com/42Shawn/LLaVA-PruMerge',
  licence: 'Apache-2.0',
  sites: ['vision'],
  signals: ['CLS query (with a budget: all queries) and keys of the last tower block'],
  positions: 'keep',
  order: 'score',
  questionDependent: false,
  adaptive: true,
  parameters: [
    ...keepParameters('as many as the picture has outliers, and three times as many samples,'),
    {
      name: 'neighbours',
      type: 'integer',
      min: 0,
      default: 32,
      description: 'Tokens merged into each kept one',
    },
  ],
  resolve,
  simulate: ({ keep }, { geometry, visualTokens }) =>
    singleCutCounts(
      geometry.layers,
      visualTokens,
      0,
      (keep as number | null) ?? 1 + Math.round(visualTokens * PUBLISHED_SHARE),
    ),
  start: (parameters, context) => {
    const signals = lastBlockSignals(NAME, context);
    const settings = parameters as unknown as KeepSettings & { readonly neighbours: number };
    const { neighbours } = settings;
    const { reference } = context;
    const open = parameters.keep === null;
    const mapOf = (view: View, keep: number): RowMap =>
      open
        ? byOutliers(classQueryAndKeys(view, signals), { neighbours, reference }).map
        : // The extra row of everything that is not kept counts too.
          prumergePlusBudget(
            {
              queries: withoutClass(view.matrix(signals.queries)),
              keys: withoutClass(view.matrix(signals.keys)),
            },
            { keep: keep - 1, neighbours, reference },
          ).map;
    return {
      sites: [
        { site: { kind: 'vision', block: 'output' }, signals: [signals.queries, signals.keys] },
      ],
      decide: (_, { rows, signals: reader }) => {
        const views = viewsOf(rows, reader, 'tile');
        const patches = rows.contents.filter(({ kind }) => kind !== 'cls').length;
        const keeps = open ? undefined : shareOut(keepCount(settings, patches), views);
        return joinMaps(
          rows.contents.length,
          views.map((view, index) => ({
            view,
            map:
              keeps?.[index] === 0
                ? new Int32Array(0)
                : afterClass(mapOf(view, keeps?.[index] ?? 0)),
          })),
        );
      },
      report: () => ({ parameters }),
    };
  },
};
