import { kvSnapkv } from '../published/kv-snapkv.js';
import { cacheMethod, HEAD_ADAPTIVE, POOLING, selectionMaps } from '../wiring/cache-method.js';

/** SnapKV: the rows that the last rows attend to most, smoothed. */
export const snapkv = /* @__PURE__ */ cacheMethod({
  name: 'snapkv',
  title: 'SnapKV: what the last rows look at',
  paper:
    'Li et al., SnapKV: LLM Knows What You are Looking for Before Generation, NeurIPS 2024, arXiv 2404.14469',
  repository: 'https://github.com/FasterDecoding/SnapKV',
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: ['queries of the last rows and keys, in every layer'],
  order: 'spatial',
  queries: 'all',
  parameters: [HEAD_ADAPTIVE, ...POOLING],
  select: ({ rows, parameters, signals }) =>
    rows.map(({ length: positions }, layer) =>
      selectionMaps(
        kvSnapkv(signals(layer), {
          budget: parameters.budget as number,
          headAdaptive: parameters.headAdaptive as boolean,
          pooling: parameters.pooling as 'mean' | 'max' | 'none',
          kernel: parameters.kernel as number,
        }),
        positions,
      ),
    ),
});
