import { gpruneCount, gprune as select } from '../published/gprune.js';
import { HIDDEN, inputMethod } from '../wiring/input-method.js';

/** G-Prune: the tokens that most information flows to along a similarity graph. */
export const gprune = /* @__PURE__ */ inputMethod({
  name: 'gprune',
  title: 'G-Prune: information flow on a similarity graph',
  paper:
    'Jiang et al., What Kind of Visual Tokens Do We Need? Training-free Visual Token Pruning for Multi-modal Large Language Models from the Perspective of Graph, AAAI 2025, arXiv 2501.02268',
  repository: 'https://github.com/jytmelon/G-Prune',
  licence: 'none at the root of the published code; written from the formulas',
  signals: ['projected features'],
  order: 'spatial',
  parameters: [
    {
      name: 'iterations',
      type: 'integer',
      min: 0,
      default: 5,
      description: 'Steps that the information flows',
    },
    {
      name: 'similarity',
      type: 'number',
      min: -1,
      max: 1,
      default: 0.5,
      description: 'Least cosine of an edge',
    },
    {
      name: 'temperature',
      type: 'number',
      min: 1e-6,
      default: 0.03,
      description: 'Divisor of the cosines before the softmax',
    },
  ],
  native: { text: 'half of them', count: (tokens) => Math.max(1, gpruneCount(tokens, 0.5)) },
  requests: () => [HIDDEN],
  select: (view, { keep, parameters: { iterations, similarity, temperature }, context }) =>
    select(
      { features: view.matrix(HIDDEN) },
      {
        keep,
        iterations: iterations as number,
        similarity: similarity as number,
        temperature: temperature as number,
      },
      context.kernels,
    ).kept,
});
