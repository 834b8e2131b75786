import type { BoundTensor, DecoderLayerMemory, PlanStep } from '@autoprune/kernels';
import type { DecoderConfig } from '../families/model-config.js';
import type { CacheArrays, LayerCache } from './layer-cache.js';
import type { NativeDecoder } from './native-decoder.js';
import type { NativeSession } from './native-session.js';

/** What takes a token through the decoder's layers: the addon's decoder, or sessions layer by layer. */
export type TokenLayers = NativeDecoder | TokenSessions;

/** Native sessions that a token goes through. */
export interface TokenSessions {
  readonly layers: readonly {
    readonly projection: NativeSession;
    readonly completion: NativeSession;
  }[];
  readonly attention: NativeSession;
}

/** Memory of a token in one layer, filled in before each run. */
export interface TokenPlace {
  /** int32 [1]: the row of the cache that the token gets. */
  readonly row: Int32Array;
  /** float32 [head / 2]. */
  readonly cos: Float32Array;
  /** float32 [head / 2]. */
  readonly sin: Float32Array;
  /** float32 [heads, 1, head]: the rotated query, afterwards. */
  readonly query: Float32Array;
}

/** An int32 [1] input. */
const oneElement = (name: string, data: Int32Array): BoundTensor => [name, data, [1]];

/** A float32 [1, width] input or output. */
const oneRow = (name: string, data: Float32Array): BoundTensor => [name, data, [1, data.length]];

/** Steps of tokens through all layers, and where float32 [tokens, hiddenSize] is after them. */
interface TokenSteps {
  readonly steps: readonly PlanStep[];
  readonly hidden: Float32Array;
}

/**
 * All layers by the addon's decoder: one step, in the place of `hidden` float32 [tokens, hiddenSize].
 *
 * @param caches  [tokens, layers]
 * @param places  [tokens, layers]
 */
export function decoderSteps(
  decoder: NativeDecoder,
  hidden: Float32Array,
  caches: readonly CacheArrays[],
  places: readonly TokenPlace[],
): TokenSteps {
  const layers = places.map(({ row, cos, sin, query }, index): DecoderLayerMemory => {
    const { key, value, capacity, scales = [] } = caches[index]!;
    return [key, value, capacity, row, cos, sin, query, ...scales];
  });
  return { steps: [[decoder.handle, hidden, layers]], hidden };
}

/** All layers by sessions, five steps each, from `hidden` float32 [hiddenSize]. */
export function sessionSteps(
  sessions: TokenSessions,
  decoder: DecoderConfig,
  hidden: Float32Array,
  caches: readonly LayerCache[],
  places: readonly TokenPlace[],
): TokenSteps {
  const { hiddenSize, heads, keyValueHeads, headSize } = decoder;
  const first = Int32Array.of(0);
  const key = new Float32Array(keyValueHeads * headSize);
  const value = new Float32Array(keyValueHeads * headSize);
  const attended = new Float32Array(heads * headSize);
  // Layers take turns, since no session may write what it reads.
  const both = [hidden, new Float32Array(hiddenSize)] as const;
  const ofHeads = (name: string, data: Float32Array, count: number): BoundTensor => [
    name,
    data,
    [count, data.length / count / headSize, headSize],
  ];
  const steps = places.flatMap(({ row, cos, sin, query }, index): PlanStep[] => {
    const { projection, completion } = sessions.layers[index]!;
    const cache = caches[index]!;
    const [from, to] = index % 2 === 0 ? both : [both[1], both[0]];
    const tables = (name: string): BoundTensor[] => [
      oneRow(`${name}_cos`, cos),
      oneRow(`${name}_sin`, sin),
    ];
    return [
      [
        projection.handle,
        [
          oneRow('hidden', from),
          oneElement('query_rows', first),
          oneElement('key_rows', first),
          ...tables('query'),
          ...tables('key'),
        ],
        [
          ofHeads('query', query, heads),
          ofHeads('key', key, keyValueHeads),
          ofHeads('value', value, keyValueHeads),
        ],
      ],
      ...cache.appendSteps(key, value, row),
      [
        sessions.attention.handle,
        [
          ofHeads('query', query, heads),
          ofHeads('key', cache.key, keyValueHeads),
          ofHeads('value', cache.value, keyValueHeads),
          oneElement('query_index', row),
        ],
        [oneRow('attended', attended)],
      ],
      [
        completion.handle,
        [oneRow('hidden', from), oneElement('rows', first), oneRow('attended', attended)],
        [oneRow('out', to)],
      ],
    ];
  });
  return { steps, hidden: both[places.length % 2]! };
}
