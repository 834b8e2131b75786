import { AutopruneError, type RowMap, type SignalReader } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import type { ModelWeights } from '../precision/quantized-weights.js';
import type {
  AttendRequest,
  Backend,
  CompleteRequest,
  DecodeRequest,
  EncodedTiles,
  EncodeRequest,
  LayerCounters,
  LookaheadRequest,
  SequenceHandle,
} from '../runtime/backend.js';
import { BufferPool } from './buffer-pool.js';
import { capturedQueries } from './captured-queries.js';
import type { CacheMemory } from './layer-cache.js';
import { LayerRunner } from './layer-runner.js';
import { loadSessions, type ModelSessions, type SessionOptions } from './model-sessions.js';
import type { Packing } from './packed-rows.js';
import { PictureEncoder } from './picture-encoder.js';
import { newSequence, releaseSequence, type Sequence } from './sequence.js';
import { vector } from './session.js';
import { sessionChoice } from './session-choice.js';
import { TokenRunner } from './token-runner.js';

/** Runs a model in onnxruntime-node on the CPU: prompts one after another, tokens of several answers together. */
export class OnnxBackend implements Backend {
  readonly name = 'onnxruntime-cpu';
  private readonly layers: LayerRunner;
  private readonly memory: CacheMemory;
  private readonly tokens: TokenRunner;
  private readonly encoder: PictureEncoder;
  private readonly sequences = new Map<number, Sequence>();
  private nextId = 0;
  private releasing: Promise<void> | undefined;

  private constructor(
    private readonly config: ModelConfig,
    private readonly sessions: ModelSessions,
    private readonly kernels: TokenKernels,
    packing: Packing | undefined,
  ) {
    const { layers, decodeLayers } = sessions;
    this.layers = new LayerRunner(config.decoder, layers, sessions, kernels);
    const decoding = new LayerRunner(config.decoder, decodeLayers, sessions, kernels);
    const { addon } = sessionChoice();
    this.memory = { pool: new BufferPool(), addon, packing };
    this.tokens = new TokenRunner(config, sessions, decoding, this.memory);
    this.encoder = new PictureEncoder(config, sessions, kernels);
  }

  static async create(
    config: ModelConfig,
    weights: ModelWeights,
    {
      kernels,
      packing,
    }: { readonly kernels: TokenKernels; readonly packing?: Packing | undefined },
    options: SessionOptions,
  ): Promise<OnnxBackend> {
    const sessions = await loadSessions(config, weights, options);
    return new OnnxBackend(config, sessions, kernels, packing);
  }

  encode(pixels: Float32Array, tiles: number, want: EncodeRequest): Promise<EncodedTiles> {
    return this.encoder.encode(pixels, tiles, want);
  }

  project(features: Float32Array): Promise<Float32Array> {
    return this.encoder.project(features);
  }

  async embed(tokenIds: readonly number[]): Promise<Float32Array> {
    const { rows } = await this.sessions.embedding.run({ ids: vector(Int32Array.from(tokenIds)) }, [
      'rows',
    ]);
    return rows.data;
  }

  open(): SequenceHandle {
    const sequence = newSequence(this.nextId++, this.config.decoder, this.memory);
    this.sequences.set(sequence.id, sequence);
    return sequence;
  }

  stopWith(handle: SequenceHandle, signal: AbortSignal): void {
    this.sequence(handle).signal = signal;
  }

  setRows(handle: SequenceHandle, rows: Float32Array): void {
    this.sequence(handle).rows = rows;
  }

  rowCount(handle: SequenceHandle): number {
    return this.sequence(handle).rows.length / this.config.decoder.hiddenSize;
  }

  attend(layer: number, requests: readonly AttendRequest[]): Promise<SignalReader[]> {
    return this.each(requests, (sequence, request) => this.layers.attend(layer, sequence, request));
  }

  async complete(layer: number, requests: readonly CompleteRequest[]): Promise<void> {
    await this.each(requests, (sequence, request) =>
      this.layers.complete(layer, sequence, request),
    );
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

  async finalNorm(rows: Float32Array): Promise<Float32Array> {
    const { hiddenSize } = this.config.decoder;
    const session = await this.sessions.finalNorm();
    const shape = [rows.length / hiddenSize, hiddenSize];
    return (await session.run({ hidden: { data: rows, shape } }, ['normed'])).normed.data;
  }

  lookahead(layer: number, requests: readonly LookaheadRequest[]): Promise<Float32Array[]> {
    return this.each(requests, (sequence, request) =>
      this.layers.lookahead(layer, sequence, request),
    );
  }

  readKeys(handle: SequenceHandle, layer: number, rows: Int32Array): Float32Array {
    return this.sequence(handle).caches[layer]!.readKeys(rows);
  }

  readValues(handle: SequenceHandle, layer: number, rows: Int32Array): Float32Array {
    return this.sequence(handle).caches[layer]!.readValues(rows);
  }

  captureQueries(handle: SequenceHandle, layer: number): void {
    this.sequence(handle).captured.set(layer, []);
  }

  takeQueries(handle: SequenceHandle, layer: number, rows: Int32Array): Float32Array {
    const { captured } = this.sequence(handle);
    const { heads, headSize } = this.config.decoder;
    const queries = capturedQueries(captured.get(layer) ?? [], rows, heads, headSize);
    captured.delete(layer);
    return queries;
  }

  mapCache(handle: SequenceHandle, layer: number, maps: readonly RowMap[]): void {
    this.sequence(handle).caches[layer]!.map(maps, this.kernels);
  }

  cachePosition(handle: SequenceHandle, layer: number): number {
    const cache = this.sequence(handle).caches[layer]!;
    return cache.length + cache.removed;
  }

  head(requests: readonly { sequence: SequenceHandle; row: number }[]): Promise<Float32Array[]> {
    return this.each(requests, (sequence, { row }) => this.tokens.head(sequence, row));
  }

  decode(requests: readonly DecodeRequest[]): Promise<Float32Array[]> {
    return Promise.all(
      requests.map((request) =>
        this.using(request.sequence, (sequence) => this.tokens.run({ ...request, sequence })),
      ),
    );
  }

  cacheLength(handle: SequenceHandle, layer: number): number {
    return this.sequence(handle).caches[layer]!.length;
  }

  dropRows(handle: SequenceHandle, count: number): void {
    for (const cache of this.sequence(handle).caches) cache.truncate(cache.length - count);
  }

  counters(handle: SequenceHandle): readonly LayerCounters[] {
    return this.sequence(handle).counters;
  }

  close(handle: SequenceHandle): void {
    const sequence = this.sequences.get(handle.id);
    this.sequences.delete(handle.id);
    // What something still runs on is left to the garbage collector.
    if (sequence?.running === 0) releaseSequence(sequence);
  }

  release(): Promise<void> {
    this.sequences.clear();
    this.memory.pool.clear();
    this.releasing ??= this.sessions.release();
    return this.releasing;
  }

  /** Works on one sequence after another. */
  private async each<Request extends { readonly sequence: SequenceHandle }, Result>(
    requests: readonly Request[],
    work: (sequence: Sequence, request: Request) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (const request of requests) {
      results.push(await this.using(request.sequence, (sequence) => work(sequence, request)));
    }
    return results;
  }

  /** Works on a sequence, whose memory goes to no other one meanwhile. */
  private async using<Result>(
    handle: SequenceHandle,
    work: (sequence: Sequence) => Promise<Result>,
  ): Promise<Result> {
    const sequence = this.sequence(handle);
    sequence.running++;
    try {
      return await work(sequence);
    } finally {
      sequence.running--;
    }
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
