import { holov as select } from '../published/holov.js';
import { HIDDEN, inputMethod, requireClassToken, SALIENCY } from '../wiring/input-method.js';

/** HoloV: every stretch of the picture gets a quota, filled by CLS attention. */
export const holov = /* @__PURE__ */ inputMethod({
  name: 'holov',
  title: 'HoloV: quotas over the picture',
  paper:
    'Zou et al., Don’t Just Chase “Highlighted Tokens” in MLLMs: Revisiting Visual Holistic Context Retention, NeurIPS 2025, arXiv 2510.02912',
  repository: 'https://github.com/obananas/HoloV',
  licence: 'Apache-2.0',
  signals: ['CLS attention of the tower', 'projected features'],
  order: 'score',
  parameters: [
    {
      name: 'groups',
      type: 'integer',
      min: 1,
      default: 16,
      description: 'Stretches of the raster with a quota each',
    },
    {
      name: 'alpha',
      type: 'number',
      min: 0,
      default: 0.09,
      description: 'Weight of the spread of similarities beside the attention',
    },
  ],
  native: { text: '64 of 576', count: (tokens) => Math.max(1, Math.trunc((tokens * 64) / 576)) },
  requests: (_, context) => {
    requireClassToken('holov', context);
    return [SALIENCY, HIDDEN];
  },
  select: (view, { keep, parameters: { groups, alpha } }) =>
    select(
      {
        features: view.matrix(HIDDEN),
        attention: { ...view.matrix(SALIENCY), heads: 1, rows: 1 },
      },
      { keep, groups: groups as number, alpha: alpha as number },
    ).map,
});
