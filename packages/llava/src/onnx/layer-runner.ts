import type { SignalReader } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { concatenated, range } from '../arrays.js';
import type { DecoderConfig } from '../families/model-config.js';
import type { AttendRequest, CompleteRequest, LookaheadRequest } from '../runtime/backend.js';
import { RotaryEmbedding } from '../runtime/rotary.js';
import { attentionBlocks, headRows } from './attention-rows.js';
import { lookaheadAttention } from './lookahead.js';
import type { AttentionSessions, LayerSessions } from './model-sessions.js';
import type { Sequence } from './sequence.js';
import { vector } from './session.js';
import { AttentionSignals } from './signals.js';

/** Takes weights float32 [heads, count, columns] of queries `start` to `start + count`. */
interface WeightReader {
  /** int32: cache rows whose weights are read. */
  readonly columns: Int32Array;
  accept(start: number, count: number, weights: Float32Array): void;
}

/** Runs the two halves of a decoder layer for one sequence. */
export class LayerRunner {
  readonly rotary: RotaryEmbedding;

  constructor(
    readonly decoder: DecoderConfig,
    readonly layers: readonly LayerSessions[],
    readonly attentions: AttentionSessions,
    readonly kernels: TokenKernels,
  ) {
    this.rotary = new RotaryEmbedding(decoder.headSize, decoder.ropeTheta);
  }

  /** Attention of the last row in a later layer, on the rows as they stand. */
  lookahead(
    layer: number,
    sequence: Sequence,
    request: Omit<LookaheadRequest, 'sequence'>,
  ): Promise<Float32Array> {
    return lookaheadAttention(this, layer, sequence, request);
  }

  private rowCount(sequence: Sequence): number {
    return sequence.rows.length / this.decoder.hiddenSize;
  }

  /** First half of a layer: keys and values of all rows, and the rows that signals ask for. */
  async attend(layer: number, sequence: Sequence, request: AttendRequest): Promise<SignalReader> {
    const rows = this.rowCount(sequence);
    const signals = new AttentionSignals(request, rows, this.decoder.heads, this.kernels);
    if (signals.rows === 0) return signals;
    const from = rows - signals.rows;
    const queryRows = range(from, rows);
    const query = await this.project(layer, sequence, request.positions, queryRows, range(0, rows));
    const before = sequence.caches[layer]!.length - rows;
    const attended = await this.attention(
      layer,
      sequence,
      query,
      queryRows.map((row) => before + row),
      {
        columns: request.visualRows.map((row) => before + row),
        accept: (start, count, weights) => signals.accept(from + start, count, weights),
      },
    );
    sequence.attended = { from, values: attended };
    sequence.cached = true;
    sequence.counters[layer]!.signalPairs += signals.rows * request.visualRows.length;
    return signals;
  }

  /** Second half of a layer, for the rows that live on; they become the rows of the sequence. */
  async complete(
    layer: number,
    sequence: Sequence,
    request: Omit<CompleteRequest, 'sequence'>,
  ): Promise<void> {
    const { live, positions } = request;
    const { heads, headSize } = this.decoder;
    const rows = this.rowCount(sequence);
    const done = sequence.attended;
    const early = done ? live.filter((row) => row < done.from) : live;
    const keyRows = sequence.cached ? range(0, 0) : range(0, rows);
    const parts: Float32Array[] = [];
    if (early.length > 0 || keyRows.length > 0) {
      const query = await this.project(layer, sequence, positions, early, keyRows);
      const before = sequence.caches[layer]!.length - rows;
      if (early.length > 0) {
        const index = early.map((row) => before + row);
        parts.push(await this.attention(layer, sequence, query, index));
      }
    }
    if (done) {
      const late = live.filter((row) => row >= done.from).map((row) => row - done.from);
      parts.push(this.kernels.gatherRows(done.values, heads * headSize, late));
    }
    await this.finishRows(layer, sequence, live, concatenated(parts));
    sequence.attended = undefined;
    sequence.cached = false;
  }

  /** Queries of `queryRows`; keys and values of `keyRows` go to the cache. */
  private async project(
    layer: number,
    sequence: Sequence,
    positions: readonly Int32Array[],
    queryRows: Int32Array,
    keyRows: Int32Array,
  ): Promise<Float32Array> {
    const { hiddenSize } = this.decoder;
    const tables = (name: string, rows: Int32Array) => {
      const { cos, sin } = this.rotary.tables(positions[0]!, rows);
      const shape = [rows.length, this.decoder.headSize / 2];
      return { [`${name}_cos`]: { data: cos, shape }, [`${name}_sin`]: { data: sin, shape } };
    };
    const { query, key, value } = await this.layers[layer]!.projection.run(
      {
        hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
        query_rows: vector(queryRows),
        key_rows: vector(keyRows),
        ...tables('query', queryRows),
        ...tables('key', keyRows),
      },
      ['query', 'key', 'value'],
    );
    const counters = sequence.counters[layer]!;
    counters.queryRows += queryRows.length;
    counters.keyValueRows += keyRows.length;
    if (sequence.captured.has(layer)) {
      sequence.captured.get(layer)!.push({ rows: queryRows, values: query.data });
    }
    if (keyRows.length > 0) {
      sequence.caches[layer]!.append(key.data, value.data, keyRows.length);
    }
    return query.data;
  }

  /** Attention of queries that stand at cache rows `index`; with `weights`, also their weights on some columns. */
  private async attention(
    layer: number,
    sequence: Sequence,
    query: Float32Array,
    index: Int32Array,
    weights?: WeightReader,
  ): Promise<Float32Array> {
    const { heads, keyValueHeads, headSize } = this.decoder;
    const cache = sequence.caches[layer]!;
    const cacheShape = [keyValueHeads, cache.capacity, headSize];
    const count = index.length;
    const counters = sequence.counters[layer]!;
    for (const row of index) counters.attentionPairs += row + 1;
    const inputs = (start: number, end: number) => ({
      query: {
        data: headRows(query, heads, count, start, end),
        shape: [heads, end - start, headSize],
      },
      key: { data: cache.key, shape: cacheShape },
      value: { data: cache.value, shape: cacheShape },
      query_index: vector(index.subarray(start, end)),
    });
    const parts: Float32Array[] = [];
    for (const { start, end, visible } of attentionBlocks(heads, index, cache.capacity)) {
      const feeds = inputs(start, end);
      if (weights) {
        const session = await this.attentions.attentionWithProbabilities();
        const out = await session.run({ ...feeds, columns: vector(weights.columns) }, [
          'attended',
          'probabilities',
        ]);
        weights.accept(start, end - start, out.probabilities.data);
        parts.push(out.attended.data);
        continue;
      }
      const { attended } =
        visible === undefined
          ? await this.attentions.attention.run(feeds, ['attended'])
          : await (await this.attentions.attentionOfBlock()).run(
              { ...feeds, visible: { data: BigInt64Array.of(BigInt(visible)), shape: [1] } },
              ['attended'],
            );
      parts.push(attended.data);
    }
    return concatenated(parts);
  }

  private async finishRows(
    layer: number,
    sequence: Sequence,
    live: Int32Array,
    attended: Float32Array,
  ): Promise<void> {
    const { hiddenSize, heads, headSize } = this.decoder;
    const { out } = await this.layers[layer]!.completion.run(
      {
        hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
        rows: vector(live),
        attended: { data: attended, shape: [live.length, heads * headSize] },
      },
      ['out'],
    );
    sequence.counters[layer]!.outputRows += live.length;
    sequence.rows = out.data;
  }
}
