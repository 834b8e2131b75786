import { kvStreamingllm } from '../published/kv-streamingllm.js';
import { slidingWindow, whileDecoding } from '../wiring/cache-decoding.js';
import { cacheMethod, selectionMaps } from '../wiring/cache-method.js';

/** StreamingLLM: the first rows of the cache and the last tenth. */
export const streamingllm = /* @__PURE__ */ cacheMethod({
  name: 'streamingllm',
  title: 'StreamingLLM: first and last rows',
  paper:
    'Xiao et al., Efficient Streaming Language Models with Attention Sinks, ICLR 2024, arXiv 2309.17453',
  repository: 'https://github.com/mit-han-lab/streaming-llm',
  licence: 'none for EffiVLM-Bench, whose variant this is; written from the description',
  signals: [],
  order: 'spatial',
  decoding: whileDecoding(slidingWindow),
  select: ({ rows, parameters, context }) =>
    rows.map(({ length: positions }) =>
      selectionMaps(
        kvStreamingllm(
          { positions, keyValueHeads: context.geometry.keyValueHeads },
          { budget: parameters.budget as number },
        ),
        positions,
      ),
    ),
});
