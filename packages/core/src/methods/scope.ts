import { scope as select } from '../published/scope.js';
import { inputMethod, requireClassToken, SALIENCY } from '../wiring/input-method.js';

const FEATURES = { kind: 'features' } as const;

/** SCOPE: greedy coverage of the picture, weighed by CLS attention. */
export const scope = /* @__PURE__ */ inputMethod({
  name: 'scope',
  title: 'SCOPE: saliency times coverage',
  paper:
    'Deng et al., SCOPE: Saliency-Coverage Oriented Token Pruning for Efficient Multimodal LLMs, NeurIPS 2025, arXiv 2510.24214',
  repository: 'https://github.com/kinredon/SCOPE',
  licence: 'none at the root of the published code; written from the formulas',
  signals: ['CLS attention of the tower', 'features of the tower'],
  order: 'spatial',
  parameters: [
    {
      name: 'alpha',
      type: 'number',
      min: 0,
      default: 1,
      description: 'Exponent of the attention',
    },
    {
      name: 'combine',
      type: 'string',
      values: ['multiply', 'add'],
      default: 'multiply',
      description: 'Gain in coverage times attention, or plus attention',
    },
  ],
  native: { text: '64 of 576', count: (tokens) => Math.max(1, Math.trunc((tokens * 64) / 576)) },
  requests: (_, context) => {
    requireClassToken('scope', context);
    return [SALIENCY, FEATURES];
  },
  select: (view, { keep, parameters, context }) => {
    // The published attention is summed over heads; only with `add` does the factor matter.
    const { heads } = requireClassToken('scope', context);
    const { data } = view.matrix(SALIENCY);
    return select(
      {
        features: view.matrix(FEATURES),
        attention: { data: data.map((mean) => mean * heads), heads: 1, rows: 1 },
      },
      {
        keep,
        alpha: parameters.alpha as number,
        combine: parameters.combine as 'multiply' | 'add',
      },
      context.kernels,
    ).kept;
  },
});
