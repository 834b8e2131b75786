import { kvPyramidkv } from '../published/kv-pyramidkv.js';
import { cacheMethod, HEAD_ADAPTIVE, POOLING, selectionMaps } from '../wiring/cache-method.js';

/** PyramidKV: SnapKV with a capacity that falls with depth. */
export const pyramidkv = /* @__PURE__ */ cacheMethod({
  name: 'pyramidkv',
  title: 'PyramidKV: SnapKV with less in deeper layers',
  paper:
    'Cai et al., PyramidKV: Dynamic KV Cache Compression based on Pyramidal Information Funneling, 2024, arXiv 2406.02069',
  repository: 'https://github.com/Zefan-Cai/KVCache-Factory',
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: ['queries of the last rows and keys, in every layer'],
  order: 'spatial',
  queries: 'all',
  parameters: [
    HEAD_ADAPTIVE,
    ...POOLING,
    {
      name: 'beta',
      type: 'number',
      min: 1,
      default: 20,
      description: 'Divisor of the capacity that gives the top of the pyramid',
    },
  ],
  select: ({ rows, parameters, signals }) =>
    rows.map(({ length: positions }, layer) =>
      selectionMaps(
        kvPyramidkv(signals(layer), {
          budget: parameters.budget as number,
          headAdaptive: parameters.headAdaptive as boolean,
          pooling: parameters.pooling as 'mean' | 'max' | 'none',
          kernel: parameters.kernel as number,
          beta: parameters.beta as number,
          layers: rows.length,
          layer,
        }),
        positions,
      ),
    ),
});
