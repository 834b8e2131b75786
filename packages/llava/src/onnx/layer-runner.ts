import type { SignalReader } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { range } from '../arrays.js';
import type { DecoderConfig } from '../families/model-config.js';
import type { AttendRequest, CompleteRequest, LookaheadRequest } from '../runtime/backend.js';
import { RotaryEmbedding } from '../runtime/rotary.js';
import { attentionBlocks, putRows, takeRows } from './attention-rows.js';
import { lookaheadAttention } from './lookahead.js';
import type { AttentionSessions, LayerSessions } from './model-sessions.js';
import { floatRows, rowBlocks } from './row-blocks.js';
import type { Sequence } from './sequence.js';
import { vector } from './session.js';
import { AttentionSignals } from './signals.js';

/**
 * Rows that a decision may drop and that attend all the same, together with those that it reads: what is computed in vain for
 * so many takes about as long as reading the weights of the queries a second time.
 */
const ROWS_IN_DOUBT = 256;

/** Takes weights float32 [heads, count, columns] of queries `start` to `start + count`. */
interface WeightReader {
  /** First query whose weights are read. */
  readonly from: number;
  /** int32: cache rows whose weights are read. */
  readonly columns: Int32Array;
  accept(start: number, count: number, weights: Float32Array): void;
}

/** Queries float32 [heads, rows, head] at cache rows `index`; their attention goes to `out` [rows, heads · head]. */
interface AttentionWork {
  readonly query: Float32Array;
  readonly index: Int32Array;
  readonly out: Float32Array;
  readonly weights?: WeightReader;
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

  /** First half of a layer: keys and values of all rows, and attention of those that signals ask for, if not of all. */
  async attend(layer: number, sequence: Sequence, request: AttendRequest): Promise<SignalReader> {
    const rows = this.rowCount(sequence);
    const signals = new AttentionSignals(request, rows, this.decoder.heads, this.kernels);
    if (signals.rows === 0) return signals;
    const read = rows - signals.rows;
    const from = read <= ROWS_IN_DOUBT ? 0 : read;
    const queryRows = range(from, rows);
    const query = await this.project(layer, sequence, request.positions, queryRows, range(0, rows));
    const before = sequence.caches[layer]!.length - rows;
    const { heads, headSize } = this.decoder;
    const out = sequence.scratch.take('attended first', [rows - from, heads * headSize]).data;
    await this.attention(layer, sequence, {
      query,
      index: queryRows.map((row) => before + row),
      out,
      weights: {
        from: read - from,
        columns: request.visualRows.map((row) => before + row),
        accept: (start, count, weights) => signals.accept(from + start, count, weights),
      },
    });
    sequence.attended = { from, values: out };
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
    const width = heads * headSize;
    const attended = sequence.scratch.take('attended', [live.length, width]);
    if (early.length > 0 || keyRows.length > 0) {
      const query = await this.project(layer, sequence, positions, early, keyRows);
      const before = sequence.caches[layer]!.length - rows;
      if (early.length > 0) {
        const index = early.map((row) => before + row);
        const out = attended.data.subarray(0, early.length * width);
        await this.attention(layer, sequence, { query, index, out });
      }
    }
    if (done) {
      live.subarray(early.length).forEach((row, index) => {
        const from = (row - done.from) * width;
        const values = done.values.subarray(from, from + width);
        attended.data.set(values, (early.length + index) * width);
      });
    }
    await this.finishRows(layer, sequence, live, attended.data);
    await sequence.caches[layer]!.settle();
    sequence.attended = undefined;
    sequence.cached = false;
  }

  /** Queries of `queryRows`, float32 [heads, rows, head]; keys and values of `keyRows` go to the cache. */
  private async project(
    layer: number,
    sequence: Sequence,
    positions: readonly Int32Array[],
    queryRows: Int32Array,
    keyRows: Int32Array,
  ): Promise<Float32Array> {
    const { hiddenSize, heads, keyValueHeads, headSize } = this.decoder;
    const { scratch, signal } = sequence;
    const tables = (name: string, rows: Int32Array) => {
      const { cos, sin } = this.rotary.tables(positions[0]!, rows);
      const shape = [rows.length, headSize / 2];
      return { [`${name}_cos`]: { data: cos, shape }, [`${name}_sin`]: { data: sin, shape } };
    };
    const cache = sequence.caches[layer]!;
    await cache.reserve(keyRows.length);
    const query = scratch.take('query', [heads, queryRows.length, headSize]).data;
    const most = Math.max(queryRows.length, keyRows.length);
    for (const { start, end } of rowBlocks(most, hiddenSize * heads * headSize)) {
      const asked = queryRows.subarray(start, end);
      const kept = keyRows.subarray(start, end);
      // One block of all rows is in its place already.
      const part =
        asked.length === queryRows.length
          ? { data: query, shape: [heads, asked.length, headSize] }
          : scratch.take('query of a block', [heads, asked.length, headSize]);
      const key = scratch.take('key', [keyValueHeads, kept.length, headSize]);
      const value = scratch.take('value', [keyValueHeads, kept.length, headSize]);
      await this.layers[layer]!.projection.run(
        {
          hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
          query_rows: vector(asked),
          key_rows: vector(kept),
          ...tables('query', asked),
          ...tables('key', kept),
        },
        ['query', 'key', 'value'],
        { signal, into: { query: part, key, value } },
      );
      // There may be fewer queries than keys.
      if (part.data !== query && asked.length > 0) putRows(part, query, start);
      await cache.append(key.data, value.data, kept.length);
    }
    const counters = sequence.counters[layer]!;
    counters.queryRows += queryRows.length;
    counters.keyValueRows += keyRows.length;
    if (sequence.captured.has(layer)) {
      sequence.captured.get(layer)!.push({ rows: queryRows, values: query.slice() });
    }
    return query;
  }

  /** Attention of queries over the layer's cache; with `weights`, also their weights on some columns. */
  private async attention(
    layer: number,
    sequence: Sequence,
    { query, index, out, weights }: AttentionWork,
  ): Promise<void> {
    const { heads, keyValueHeads, headSize } = this.decoder;
    const { scratch, signal } = sequence;
    const cache = sequence.caches[layer]!;
    const cacheShape = [keyValueHeads, cache.capacity, headSize];
    const count = index.length;
    const counters = sequence.counters[layer]!;
    for (const row of index) counters.attentionPairs += row + 1;
    const inputs = (start: number, end: number) => ({
      query:
        start === 0 && end === count
          ? { data: query, shape: [heads, count, headSize] }
          : takeRows(
              query,
              scratch.take('query of a block', [heads, end - start, headSize]),
              start,
            ),
      key: { data: cache.key, shape: cacheShape },
      value: { data: cache.value, shape: cacheShape },
      query_index: vector(index.subarray(start, end)),
    });
    for (const { start, end, visible } of attentionBlocks(heads, index, cache.capacity)) {
      const feeds = inputs(start, end);
      const options = { signal, into: { attended: floatRows(out, start, end, heads * headSize) } };
      if (weights && weights.from < end) {
        const session = await this.attentions.attentionWithProbabilities();
        const read = range(Math.max(weights.from, start), end);
        const shape = [heads, read.length, weights.columns.length];
        const probabilities = scratch.take('probabilities', shape);
        const seen = {
          probability_rows: vector(read.map((row) => row - start)),
          columns: vector(weights.columns),
        };
        await session.run({ ...feeds, ...seen }, ['attended', 'probabilities'], {
          signal,
          into: { ...options.into, probabilities },
        });
        weights.accept(read[0]!, read.length, probabilities.data);
      } else if (visible === undefined) {
        await this.attentions.attention.run(feeds, ['attended'], options);
      } else {
        const seen = { data: BigInt64Array.of(BigInt(visible)), shape: [1] };
        const session = await this.attentions.attentionOfBlock();
        await session.run({ ...feeds, visible: seen }, ['attended'], options);
      }
    }
  }

  private async finishRows(
    layer: number,
    sequence: Sequence,
    live: Int32Array,
    attended: Float32Array,
  ): Promise<void> {
    const { hiddenSize, intermediateSize, heads, headSize } = this.decoder;
    const { scratch, signal } = sequence;
    const out = scratch.takeBeside(sequence.rows, 'rows', [live.length, hiddenSize]).data;
    for (const { start, end } of rowBlocks(live.length, hiddenSize * intermediateSize)) {
      await this.layers[layer]!.completion.run(
        {
          hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
          rows: vector(live.subarray(start, end)),
          attended: floatRows(attended, start, end, heads * headSize),
        },
        ['out'],
        { signal, into: { out: floatRows(out, start, end, hiddenSize) } },
      );
    }
    sequence.counters[layer]!.outputRows += live.length;
    sequence.rows = out;
  }
}
