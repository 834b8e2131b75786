// A method that asks for a signal, to copy from: core's fastv with the paper's rule, of public parts alone.
//
//   autoprune ask photo.jpg "What is this?" --method ./apps/own-method/last-row-attention.mjs --budget flops=0.5
import { singleCutCounts, solveCount } from '@autoprune/core';

const NAME = 'last-row-attention';

/** @type {import('@autoprune/core').Method} */
const lastRowAttention = {
  name: NAME,
  title: 'One cut by the attention of the last prompt row, from outside',
  paper: null,
  repository: null,
  licence: 'Apache-2.0',
  // After a layer of the decoder.
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
      // The default is for 32 layers and comes scaled to the model's depth.
      isLayer: true,
      description: 'The cut is before this layer',
    },
    {
      name: 'keep',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description:
        'Visual tokens kept; from the budget when not given, half of them with the native budget',
    },
  ],
  resolve: ({ layer, keep }, context) => {
    const { geometry, visualTokens, budget } = context;
    const solved = () =>
      solveCount(NAME, context, (count) =>
        singleCutCounts(geometry.layers, visualTokens, layer, count),
      );
    const count = keep ?? (budget.kind === 'native' ? Math.round(visualTokens / 2) : solved());
    return { layer, keep: Math.min(count, visualTokens) };
  },
  simulate: ({ layer, keep }, { geometry, visualTokens }) =>
    singleCutCounts(geometry.layers, visualTokens, layer, keep),
  start: (parameters) => {
    const { layer, keep } = parameters;
    const attention = { kind: 'attention', layer: layer - 1, rows: 'last', reduce: 'mean' };
    return {
      // A signal that only the rule refers to may stay where the runtime has it.
      sites: [{ site: { kind: 'layer', layer: layer - 1 }, signals: [], ruleSignals: [attention] }],
      decide: () => ({ kind: 'rule', score: [{ signal: attention }], keep, order: 'spatial' }),
      report: () => ({ parameters }),
    };
  },
};

export default lastRowAttention;
