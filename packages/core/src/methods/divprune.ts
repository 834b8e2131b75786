import { divpruneCount, divprune as select } from '../published/divprune.js';
import { HIDDEN, inputMethod } from '../wiring/input-method.js';

/** DivPrune: the tokens that are least like one another. */
export const divprune = /* @__PURE__ */ inputMethod({
  name: 'divprune',
  title: 'DivPrune: max-min diversity',
  paper:
    'Alvar et al., DivPrune: Diversity-based Visual Token Pruning for Large Multimodal Models, CVPR 2025, arXiv 2503.02175',
  repository: 'https://github.com/vbdi/divprune',
  licence: 'CC-BY-NC-4.0 for the published code; written from the paper',
  signals: ['projected features'],
  order: 'spatial',
  scope: 'total',
  native: { text: '9.8 % of them', count: (tokens) => Math.max(1, divpruneCount(tokens, 0.098)) },
  requests: () => [HIDDEN],
  select: (view, { keep, context }) =>
    select({ features: view.matrix(HIDDEN) }, { keep }, context.kernels).kept,
});
