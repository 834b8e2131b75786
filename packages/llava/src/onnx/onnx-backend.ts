import { AutopruneError, type RowMap, type SignalReader } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { WeightSource } from '../families/family.js';
import { gridSize, type ModelConfig } from '../families/model-config.js';
import type {
  AttendRequest,
  Backend,
  CompleteRequest,
  DecodeRequest,
  EncodedTiles,
  LayerCounters,
  SequenceHandle,
} from '../runtime/backend.js';
import { RotaryEmbedding, type RotaryTables } from '../runtime/rotary.js';
import { attentionBlock, headRows } from './attention-rows.js';
import { LayerCache } from './layer-cache.js';
import { type LoadProgress, loadSessions, type ModelSessions } from './model-sessions.js';
import { clsAttention } from './saliency.js';
import type { DenseTensor } from './session.js';
import { AttentionSignals } from './signals.js';

/** Rows whose queries were already attended in the first half of a layer: a run at the end of the sequence. */
interface AttendedRows {
  /** First row that has attended; everything after it has too. */
  readonly from: number;
  /** float32 [rows, heads · head]. */
  readonly values: Float32Array;
}

interface Sequence extends SequenceHandle {
  rows: Float32Array;
  readonly caches: readonly LayerCache[];
  readonly counters: readonly LayerCounters[];
  attended: AttendedRows | undefined;
  /** Keys and values of the current layer are in its cache. */
  cached: boolean;
}

const range = (start: number, end: number): Int32Array =>
  Int32Array.from({ length: Math.max(end - start, 0) }, (_, index) => start + index);

const ids = (data: Int32Array): DenseTensor => ({ data, shape: [data.length] });

/** Runs a model in onnxruntime-node on the CPU, one sequence after another. */
export class OnnxBackend implements Backend {
  readonly name = 'onnxruntime-cpu';
  private readonly rotary: RotaryEmbedding;
  private readonly sequences = new Map<number, Sequence>();
  private nextId = 0;
  private releasing: Promise<void> | undefined;

  private constructor(
    private readonly config: ModelConfig,
    private readonly sessions: ModelSessions,
    private readonly kernels: TokenKernels,
  ) {
    this.rotary = new RotaryEmbedding(config.decoder.headSize, config.decoder.ropeTheta);
  }

  static async create(
    config: ModelConfig,
    weights: WeightSource,
    tensors: Iterable<StoredTensor>,
    kernels: TokenKernels,
    options: {
      threads: number;
      signal?: AbortSignal;
      onProgress?: (progress: LoadProgress) => void;
    },
  ): Promise<OnnxBackend> {
    const sessions = await loadSessions(config, weights, tensors, options);
    return new OnnxBackend(config, sessions, kernels);
  }

  async encode(
    pixels: Float32Array,
    tiles: number,
    want: { readonly saliency: boolean },
  ): Promise<EncodedTiles> {
    const { imageSize, hiddenSize, heads, dropCls } = this.config.vision;
    const grid = gridSize(this.config.vision);
    const rows = grid * grid + 1;
    const tower = await this.sessions.vision.run(
      { pixels: { data: pixels, shape: [tiles, 3, imageSize, imageSize] } },
      want.saliency ? ['features', 'query', 'key'] : ['features'],
    );
    let features = tower.features!.data;
    let count = rows;
    if (dropCls) {
      count = rows - 1;
      const patches = Int32Array.from(
        { length: tiles * count },
        (_, index) => Math.floor(index / count) * rows + (index % count) + 1,
      );
      features = this.kernels.gatherRows(features, hiddenSize, patches);
    }
    const { tokens } = await this.sessions.projector.run(
      { features: { data: features, shape: [tiles * count, hiddenSize] } },
      ['tokens'],
    );
    if (!want.saliency) return { tokens: tokens.data };
    const shape = { tiles, rows, width: hiddenSize, heads };
    return {
      tokens: tokens.data,
      saliency: clsAttention(tower.query!.data, tower.key!.data, shape),
    };
  }

  async embed(tokenIds: readonly number[]): Promise<Float32Array> {
    const { rows } = await this.sessions.embedding.run({ ids: ids(Int32Array.from(tokenIds)) }, [
      'rows',
    ]);
    return rows.data;
  }

  open(): SequenceHandle {
    const { layers, keyValueHeads, headSize } = this.config.decoder;
    const sequence: Sequence = {
      id: this.nextId++,
      rows: new Float32Array(0),
      caches: Array.from({ length: layers }, () => new LayerCache(keyValueHeads, headSize)),
      counters: Array.from({ length: layers }, () => ({
        queryRows: 0,
        keyValueRows: 0,
        attentionPairs: 0,
        outputRows: 0,
        signalPairs: 0,
      })),
      attended: undefined,
      cached: false,
    };
    this.sequences.set(sequence.id, sequence);
    return sequence;
  }

  setRows(handle: SequenceHandle, rows: Float32Array): void {
    this.sequence(handle).rows = rows;
  }

  rowCount(handle: SequenceHandle): number {
    return this.sequence(handle).rows.length / this.config.decoder.hiddenSize;
  }

  async attend(layer: number, requests: readonly AttendRequest[]): Promise<SignalReader[]> {
    const readers: SignalReader[] = [];
    for (const request of requests) readers.push(await this.attendOne(layer, request));
    return readers;
  }

  private async attendOne(layer: number, request: AttendRequest): Promise<SignalReader> {
    const sequence = this.sequence(request.sequence);
    const rows = this.rowCount(sequence);
    const signals = new AttentionSignals(request, rows, this.config.decoder.heads, this.kernels);
    if (signals.rows === 0) return signals;
    const from = rows - signals.rows;
    const queryRows = range(from, rows);
    const query = await this.project(layer, sequence, request.positions, queryRows, range(0, rows));
    const before = sequence.caches[layer]!.length - rows;
    const { attended, probabilities } = await this.attention(
      layer,
      sequence,
      query,
      queryRows.map((row) => before + row),
      request.visualRows.map((row) => before + row),
    );
    sequence.attended = { from, values: attended };
    sequence.cached = true;
    sequence.counters[layer]!.signalPairs += signals.rows * request.visualRows.length;
    signals.probabilities = probabilities!;
    return signals;
  }

  async complete(layer: number, requests: readonly CompleteRequest[]): Promise<void> {
    for (const request of requests) await this.completeOne(layer, request);
  }

  private async completeOne(layer: number, request: CompleteRequest): Promise<void> {
    const { live, positions } = request;
    const sequence = this.sequence(request.sequence);
    const { heads, headSize } = this.config.decoder;
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
        parts.push((await this.attention(layer, sequence, query, index)).attended);
      }
    }
    if (done) {
      const late = live.filter((row) => row >= done.from).map((row) => row - done.from);
      parts.push(this.kernels.gatherRows(done.values, heads * headSize, late));
    }
    await this.finishRows(layer, sequence, live, joined(parts));
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
    const { hiddenSize } = this.config.decoder;
    const table = (name: string, part: RotaryTables, count: number) => ({
      [`${name}_cos`]: { data: part.cos, shape: [count, part.cos.length / Math.max(count, 1)] },
      [`${name}_sin`]: { data: part.sin, shape: [count, part.sin.length / Math.max(count, 1)] },
    });
    const half = this.config.decoder.headSize / 2;
    const tables = (name: string, rows: Int32Array) =>
      rows.length > 0
        ? table(name, this.rotary.tables(positions[0]!, rows), rows.length)
        : {
            [`${name}_cos`]: { data: new Float32Array(0), shape: [0, half] },
            [`${name}_sin`]: { data: new Float32Array(0), shape: [0, half] },
          };
    const { query, key, value } = await this.sessions.projections[layer]!.run(
      {
        hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
        query_rows: ids(queryRows),
        key_rows: ids(keyRows),
        ...tables('query', queryRows),
        ...tables('key', keyRows),
      },
      ['query', 'key', 'value'],
    );
    const counters = sequence.counters[layer]!;
    counters.queryRows += queryRows.length;
    counters.keyValueRows += keyRows.length;
    if (keyRows.length > 0) {
      sequence.caches[layer]!.append(key.data, value.data, keyRows.length);
    }
    return query.data;
  }

  /** Attention of queries that stand at cache rows `index`; with `columns`, also their weights on those. */
  private async attention(
    layer: number,
    sequence: Sequence,
    query: Float32Array,
    index: Int32Array,
    columns?: Int32Array,
  ): Promise<{ attended: Float32Array; probabilities?: Float32Array }> {
    const { heads, keyValueHeads, headSize } = this.config.decoder;
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
      query_index: ids(index.subarray(start, end)),
    });
    if (columns) {
      const session = await this.sessions.attentionWithProbabilities();
      const out = await session.run({ ...inputs(0, count), columns: ids(columns) }, [
        'attended',
        'probabilities',
      ]);
      return { attended: out.attended.data, probabilities: out.probabilities.data };
    }
    const block = attentionBlock(heads, cache.capacity);
    const parts: Float32Array[] = [];
    for (let start = 0; start < count; start += block) {
      const end = Math.min(start + block, count);
      const { attended } = await this.sessions.attention.run(inputs(start, end), ['attended']);
      parts.push(attended.data);
    }
    return { attended: joined(parts) };
  }

  private async finishRows(
    layer: number,
    sequence: Sequence,
    live: Int32Array,
    attended: Float32Array,
  ): Promise<void> {
    const { hiddenSize, heads, headSize } = this.config.decoder;
    const { out } = await this.sessions.completions[layer]!.run(
      {
        hidden: { data: sequence.rows, shape: [sequence.rows.length / hiddenSize, hiddenSize] },
        rows: ids(live),
        attended: { data: attended, shape: [live.length, heads * headSize] },
      },
      ['out'],
    );
    sequence.counters[layer]!.outputRows += live.length;
    sequence.rows = out.data;
  }

  mapRows(handle: SequenceHandle, map: RowMap): void {
    const sequence = this.sequence(handle);
    sequence.rows = this.kernels.mapRows(sequence.rows, this.config.decoder.hiddenSize, map);
  }

  readRows(handle: SequenceHandle, rows: Int32Array): Promise<Float32Array> {
    const sequence = this.sequence(handle);
    const width = this.config.decoder.hiddenSize;
    return Promise.resolve(this.kernels.gatherRows(sequence.rows, width, rows));
  }

  async head(
    requests: readonly { sequence: SequenceHandle; row: number }[],
  ): Promise<Float32Array[]> {
    const { hiddenSize } = this.config.decoder;
    const logits: Float32Array[] = [];
    for (const { sequence: handle, row } of requests) {
      const rows = this.sequence(handle).rows;
      const hidden = rows.slice(row * hiddenSize, (row + 1) * hiddenSize);
      const result = await this.sessions.head.run(
        { hidden: { data: hidden, shape: [1, hiddenSize] } },
        ['logits'],
      );
      logits.push(result.logits.data);
    }
    return logits;
  }

  async decode(requests: readonly DecodeRequest[]): Promise<Float32Array[]> {
    const logits: Float32Array[] = [];
    for (const { sequence: handle, token, positions } of requests) {
      const sequence = this.sequence(handle);
      sequence.rows = await this.embed([token]);
      for (let layer = 0; layer < this.config.decoder.layers; layer++) {
        const row = positions[layer]!.map((position) => Int32Array.of(position));
        await this.completeOne(layer, { sequence, positions: row, live: Int32Array.of(0) });
      }
      logits.push(...(await this.head([{ sequence, row: 0 }])));
    }
    return logits;
  }

  cacheLength(handle: SequenceHandle, layer: number): number {
    return this.sequence(handle).caches[layer]!.length;
  }

  dropRows(handle: SequenceHandle, count: number): void {
    for (const cache of this.sequence(handle).caches) cache.length -= count;
  }

  counters(handle: SequenceHandle): readonly LayerCounters[] {
    return this.sequence(handle).counters;
  }

  close(handle: SequenceHandle): void {
    this.sequences.delete(handle.id);
  }

  release(): Promise<void> {
    this.sequences.clear();
    this.releasing ??= this.sessions.release();
    return this.releasing;
  }

  private sequence(handle: SequenceHandle): Sequence {
    const sequence = this.sequences.get(handle.id);
    if (!sequence) {
      throw new AutopruneError(
        'SEQUENCE_CLOSED',
        `Sequence ${handle.id} is closed: the model was released or the answer ended`,
        { id: handle.id },
      );
    }
    return sequence;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
