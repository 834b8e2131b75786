import { kvH2o } from '../published/kv-h2o.js';
import { heavyHitters, whileDecoding } from '../wiring/cache-decoding.js';
import { cacheMethod, HEAD_ADAPTIVE, selectionMaps } from '../wiring/cache-method.js';

/** H2O: the rows that all rows together attend to most. */
export const h2o = /* @__PURE__ */ cacheMethod({
  name: 'h2o',
  title: 'H2O: heavy hitters',
  paper:
    'Zhang et al., H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models, NeurIPS 2023, arXiv 2306.14048',
  repository: 'https://github.com/FMInference/H2O',
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: ['queries of all rows and keys, in every layer'],
  order: 'spatial',
  decoding: whileDecoding(heavyHitters),
  queries: 'all',
  parameters: [HEAD_ADAPTIVE],
  select: ({ rows, parameters, signals }) =>
    rows.map(({ length: positions }, layer) =>
      selectionMaps(
        kvH2o(signals(layer), {
          budget: parameters.budget as number,
          headAdaptive: parameters.headAdaptive as boolean,
        }),
        positions,
      ),
    ),
});
