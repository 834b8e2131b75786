import type { Method, ParameterValues, PromptContext } from '../method.js';
import { singleCutCounts, solveCount } from '../schedule/solve-count.js';
import { keepRows } from '../select/row-map.js';

/** The layer K from which on no visual token is there: given, of the budget, or the published one. */
function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { geometry, visualTokens, budget, reference } = context;
  const { layers } = geometry;
  const published = reference ? 15 : Math.max(1, Math.round((15 * layers) / 32));
  const layer =
    parameters.layer ??
    (budget.kind === 'native'
      ? published
      : solveCount(
          'vtw',
          context,
          (count) => singleCutCounts(layers, visualTokens, count, 0),
          layers,
        ));
  return { layer };
}

/** VTW: all visual tokens are withdrawn before layer K. */
export const vtw: Method = {
  name: 'vtw',
  title: 'VTW: visual tokens withdrawal',
  paper:
    'Lin et al., Boosting Multimodal Large Language Models with Visual Tokens Withdrawal for Rapid Inference, AAAI 2025, arXiv 2405.05803',
  repository: 'https://github.com/lzhxmu/VTW',
  licence: 'none for the published code; written from the description',
  sites: ['layer'],
  signals: [],
  positions: 'keep',
  order: 'spatial',
  questionDependent: false,
  adaptive: false,
  parameters: [
    {
      name: 'layer',
      type: 'integer',
      min: 1,
      default: null,
      setsBudget: true,
      description:
        'Visual tokens are withdrawn before this layer, K; from the budget when not given, 15 of 32 with the native budget',
      aliases: ['K'],
    },
  ],
  resolve,
  simulate: (parameters, { geometry, visualTokens }) =>
    singleCutCounts(geometry.layers, visualTokens, parameters.layer as number, 0),
  start: (parameters, { geometry }) => {
    const layer = parameters.layer as number;
    return {
      // K = layers withdraws nothing.
      sites:
        layer < geometry.layers ? [{ site: { kind: 'layer', layer: layer - 1 }, signals: [] }] : [],
      decide: (_, { rows }) => keepRows(rows.contents.length, []),
      report: () => ({ parameters }),
    };
  },
};
