import { fastervlm as select } from '../published/fastervlm.js';
import { inputMethod, requireClassToken, SALIENCY } from '../wiring/input-method.js';

/** FasterVLM: the tokens that the tower's CLS token attends to most. */
export const fastervlm = /* @__PURE__ */ inputMethod({
  name: 'fastervlm',
  title: 'FasterVLM: CLS attention',
  paper:
    'Zhang et al., [CLS] Attention is All You Need for Training-Free Visual Token Pruning: Make VLM Inference Faster, 2024, arXiv 2412.01818',
  repository: 'https://github.com/Theia-4869/FasterVLM',
  licence: 'Apache-2.0',
  signals: ['CLS attention of the tower'],
  order: 'spatial',
  native: { text: 'half of them', count: (tokens) => Math.trunc(tokens / 2) },
  requests: (_, context) => {
    requireClassToken('fastervlm', context);
    return [SALIENCY];
  },
  select: (view, { keep }) =>
    select({ attention: { ...view.matrix(SALIENCY), heads: 1, rows: 1 } }, { keep }).kept,
});
