import { vispruner as select } from '../published/vispruner.js';
import { inputMethod, requireClassToken, SALIENCY } from '../wiring/input-method.js';

const FEATURES = { kind: 'features' } as const;

/** VisPruner: part of the tokens by CLS attention, the rest without near-duplicates. */
export const vispruner = /* @__PURE__ */ inputMethod({
  name: 'vispruner',
  title: 'VisPruner: CLS attention and diversity',
  paper:
    'Zhang et al., Beyond Text-Visual Attention: Exploiting Visual Cues for Effective Token Pruning in VLMs, ICCV 2025, arXiv 2412.01818',
  repository: 'https://github.com/Theia-4869/VisPruner',
  licence: 'Apache-2.0',
  signals: ['CLS attention of the tower', 'features of the tower'],
  order: 'spatial',
  parameters: [
    {
      name: 'importantRatio',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.5,
      description: 'Share of the kept tokens that is chosen by attention',
      aliases: ['important-ratio', 'r'],
    },
  ],
  native: { text: '128 of 576', count: (tokens) => Math.trunc((tokens * 128) / 576) },
  requests: (_, context) => {
    requireClassToken('vispruner', context);
    return [SALIENCY, FEATURES];
  },
  select: (view, { keep, parameters, context }) =>
    select(
      {
        features: view.matrix(FEATURES),
        attention: { ...view.matrix(SALIENCY), heads: 1, rows: 1 },
      },
      { keep, importantRatio: parameters.importantRatio as number },
      context.kernels,
    ).kept,
});
