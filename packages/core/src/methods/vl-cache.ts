import { kvVlcache, vlcacheBudgets, vlcacheSparsity } from '../published/kv-vlcache.js';
import { cacheMethod, HEAD_ADAPTIVE, selectionMaps } from '../wiring/cache-method.js';
import { postVisionAttention } from '../wiring/post-vision-attention.js';

/** VL-Cache: layers keep by their density, and the text after the picture chooses. */
export const vlCache = /* @__PURE__ */ cacheMethod({
  name: 'vl-cache',
  title: 'VL-Cache: budgets by sparsity, the text after the picture asks',
  paper:
    'Tu et al., VL-Cache: Sparsity and Modality-Aware KV Cache Compression for Vision-Language Model Inference Acceleration, ICLR 2025, arXiv 2410.23317',
  repository: null,
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: ['queries of the text after the pictures and keys, in every layer'],
  order: 'spatial',
  queries: 'text',
  parameters: [
    HEAD_ADAPTIVE,
    {
      name: 'layerAdaptive',
      type: 'boolean',
      default: true,
      description: 'Share the budget out over layers by their density; false: the same for all',
    },
    {
      name: 'windowPerLayer',
      type: 'boolean',
      default: false,
      description: 'The window of recent rows is a tenth of the layer’s own budget',
    },
  ],
  select: ({ rows, parameters, signals, context }) => {
    const { budget, layerAdaptive, windowPerLayer, headAdaptive } = parameters as unknown as {
      budget: number;
      layerAdaptive: boolean;
      windowPerLayer: boolean;
      headAdaptive: boolean;
    };
    const attention = rows.map((_, layer) => postVisionAttention(signals(layer)));
    const budgets = vlcacheBudgets(
      attention.map((one) => vlcacheSparsity(one).sparsity),
      { budget, windowPerLayer, layerAdaptive },
    );
    return attention.map((one, layer) =>
      selectionMaps(
        kvVlcache(one, {
          budget,
          layerBudget: budgets[layer]!,
          windowPerLayer,
          keyValueHeads: context.geometry.keyValueHeads,
          headAdaptive,
        }),
        rows[layer]!.length,
      ),
    );
  },
});
