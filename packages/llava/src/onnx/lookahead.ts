import type { TokenKernels } from '@autoprune/kernels';
import { range } from '../arrays.js';
import type { DecoderConfig } from '../families/model-config.js';
import type { LookaheadRequest } from '../runtime/backend.js';
import type { RotaryEmbedding } from '../runtime/rotary.js';
import type { AttentionSessions, LayerSessions } from './model-sessions.js';
import type { Sequence } from './sequence.js';
import { vector } from './session.js';

/**
 * Attention that the last row would pay the visual rows in a layer that has not run yet, on the rows as they stand: of
 * that layer's own queries and keys. Nothing stays in its cache, because rows and positions may still change.
 *
 * @returns float32 [visual rows], mean over heads
 */
export async function lookaheadAttention(
  context: {
    readonly decoder: DecoderConfig;
    readonly layers: readonly LayerSessions[];
    readonly attentions: AttentionSessions;
    readonly kernels: TokenKernels;
    readonly rotary: RotaryEmbedding;
  },
  layer: number,
  sequence: Sequence,
  { positions, visualRows }: Omit<LookaheadRequest, 'sequence'>,
): Promise<Float32Array> {
  const { decoder, layers, attentions, kernels, rotary } = context;
  const { hiddenSize, headSize, keyValueHeads, heads } = decoder;
  const count = sequence.rows.length / hiddenSize;
  const last = Int32Array.of(count - 1);
  const all = range(0, count);
  const tables = (name: string, rows: Int32Array) => {
    const { cos, sin } = rotary.tables(positions[0]!, rows);
    const shape = [rows.length, headSize / 2];
    return { [`${name}_cos`]: { data: cos, shape }, [`${name}_sin`]: { data: sin, shape } };
  };
  const { query, key, value } = await layers[layer]!.projection.run(
    {
      hidden: { data: sequence.rows, shape: [count, hiddenSize] },
      query_rows: vector(last),
      key_rows: vector(all),
      ...tables('query', last),
      ...tables('key', all),
    },
    ['query', 'key', 'value'],
  );
  const cacheShape = [keyValueHeads, count, headSize];
  const session = await attentions.attentionWithProbabilities();
  const { probabilities } = await session.run(
    {
      query: { data: query.data, shape: [heads, 1, headSize] },
      key: { data: key.data, shape: cacheShape },
      value: { data: value.data, shape: cacheShape },
      query_index: vector(last),
      probability_rows: vector(Int32Array.of(0)),
      columns: vector(visualRows),
    },
    ['probabilities'],
  );
  sequence.counters[layer]!.lookaheadRows += count;
  sequence.counters[layer]!.signalPairs += visualRows.length;
  return kernels.meanAttention(probabilities.data, heads, 1);
}
