import type { Method, ParameterValues, PromptContext } from '../method.js';
import { roundHalfEven, shareCount } from '../round.js';
import { singleCutCounts, solveCount } from '../schedule/solve-count.js';
import type { SignalRequest } from '../signal.js';
import { SHARE } from '../wiring/share-parameter.js';

interface Settings {
  readonly layer: number;
  readonly keep: number;
  readonly share: number | null;
  readonly queries: 'last' | 'all';
  readonly order: 'spatial' | 'score';
}

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { layer, keep, dropRatio, queries, order } = parameters;
  const share = (parameters.share ?? null) as number | null;
  const { geometry, visualTokens, budget } = context;
  const ratioCount =
    share === null
      ? roundHalfEven(visualTokens * (1 - (dropRatio as number)))
      : shareCount(visualTokens, share);
  const count =
    keep ??
    (budget.kind === 'native'
      ? ratioCount
      : solveCount('fastv', context, (tokens) =>
          singleCutCounts(geometry.layers, visualTokens, layer as number, tokens),
        ));
  return {
    layer: layer!,
    keep: Math.min(count as number, visualTokens),
    queries: queries!,
    ...(share === null ? {} : { share }),
    ...(order === 'spatial' ? {} : { order: order! }),
  };
}

/** FastV: one cut before layer K, by the attention of the last prompt token in layer K − 1. */
export const fastv: Method = {
  name: 'fastv',
  title: 'FastV: one cut after a shallow layer',
  paper:
    'Chen et al., An Image is Worth 1/2 Tokens After Layer 2: Plug-and-Play Inference Acceleration for Large Vision-Language Models, ECCV 2024, arXiv 2403.06764',
  repository: 'https://github.com/pkunlp-icler/FastV',
  licence: 'none at the root of the published code; written from the paper',
  sites: ['layer'],
  signals: ['attention of the last prompt row to the visual keys in one layer'],
  positions: 'keep',
  order: 'spatial',
  questionDependent: true,
  adaptive: false,
  parameters: [
    {
      name: 'layer',
      type: 'integer',
      min: 1,
      default: 2,
      isLayer: true,
      description: 'The cut is before this layer, K',
      aliases: ['fast-v-agg-layer', 'K'],
    },
    {
      name: 'keep',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description: 'Visual tokens kept; from the budget or dropRatio when not given',
      aliases: ['fast-v-attention-rank'],
    },
    {
      name: 'dropRatio',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.5,
      setsBudget: true,
      description: 'Share of the visual tokens dropped, R; used with the native budget only',
      aliases: ['R'],
    },
    SHARE,
    {
      name: 'order',
      type: 'string',
      values: ['spatial', 'score'],
      default: 'spatial',
      description: 'Order of the kept tokens; score is that of UniPruneBench’s copy',
    },
    {
      name: 'queries',
      type: 'string',
      values: ['last', 'all'],
      default: 'last',
      description:
        'Prompt rows whose attention counts: the last one (paper), or the mean over all (EffiVLM-Bench)',
    },
  ],
  resolve,
  simulate: (parameters, context) => {
    const { layer, keep } = parameters as unknown as Settings;
    return singleCutCounts(context.geometry.layers, context.visualTokens, layer, keep);
  },
  start: (parameters) => {
    const {
      layer,
      keep,
      queries,
      share = null,
      order = 'spatial',
    } = parameters as unknown as Partial<Settings> & Pick<Settings, 'layer' | 'keep' | 'queries'>;
    const signal: SignalRequest = {
      kind: 'attention',
      layer: layer - 1,
      rows: queries,
      reduce: 'mean',
    };
    return {
      sites: [{ site: { kind: 'layer', layer: layer - 1 }, signals: [], ruleSignals: [signal] }],
      decide: (_, { rows }) => ({
        kind: 'rule',
        score: [{ signal }],
        keep: share === null ? keep : shareCount(rows.contents.length, share),
        order,
      }),
      report: () => ({ parameters }),
    };
  },
};
