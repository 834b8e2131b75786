import { kvLookm } from '../published/kv-lookm.js';
import { cacheMethod } from '../wiring/cache-method.js';

/** LOOK-M: text stays first, and what is dropped is merged into what is kept. */
export const lookM = /* @__PURE__ */ cacheMethod({
  name: 'look-m',
  title: 'LOOK-M: text first, dropped rows merged',
  paper:
    'Wan et al., LOOK-M: Look-Once Optimization in KV Cache for Efficient Multimodal Long-Context Inference, EMNLP 2024 (Findings), arXiv 2406.18139',
  repository: 'https://github.com/SUSTechBruce/LOOK-M',
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: ['queries of all rows and keys, in every layer'],
  order: 'spatial',
  queries: 'all',
  parameters: [
    {
      name: 'merge',
      type: 'boolean',
      default: true,
      description: 'Merge what is dropped into what is kept',
    },
  ],
  select: ({ rows, parameters, signals }) =>
    rows.map((contents, layer) => {
      // Text between pictures counts as picture: the published rule knows one stretch.
      const start = contents.findIndex((content) => content !== null);
      const after = [...contents].reverse().findIndex((content) => content !== null);
      const image: [number, number] = start < 0 ? [0, 0] : [start, contents.length - after];
      const { maps } = kvLookm(signals(layer), {
        budget: parameters.budget as number,
        image,
        merge: parameters.merge as boolean,
      });
      return maps;
    }),
});
