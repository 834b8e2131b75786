import type { RowMap, SignalReader, SignalRequest } from '@autoprune/core';

/**
 * A sequence that a backend holds: the rows on their way through the layers, and a cache per layer, each
 * with its own length. Opaque to everything above the backend.
 */
export interface SequenceHandle {
  readonly id: number;
}

/** What a decision inside the tower is given, over the rows of all tiles, CLS first in each. */
interface TowerBlockView {
  /** float32 [rows, width]: between attention and MLP of the block. */
  readonly hidden: Float32Array;
  /** float32 [rows]: CLS attention of the block, CLS itself 0. */
  saliency(): Float32Array;
  /** Signals of the request, by key. */
  readonly signals: ReadonlyMap<string, Float32Array>;
}

/** Takes the decision of a tower block; undefined leaves the rows as they are. No output row may mix tiles. */
export type TowerDecision = (block: number, view: TowerBlockView) => RowMap | undefined;

/** What to compute of some tiles. */
export interface EncodeRequest {
  /** Project the features of the tiles. */
  readonly tokens: boolean;
  /** CLS attention of the feature block. */
  readonly saliency: boolean;
  /** `features`, `tower-keys`, `tower-queries`, `saliency` of a block. */
  readonly signals: readonly SignalRequest[];
  /** Decisions inside the tower; asked after the attention of every block. */
  readonly decide?: TowerDecision;
  /** Stops the work where the backend can. */
  readonly signal?: AbortSignal | undefined;
}

/** Encoded tiles of one or more pictures. */
export interface EncodedTiles {
  /** float32 [tiles · tokens, width], projected; only when asked for. */
  readonly tokens?: Float32Array;
  /** float32 [tiles · tokens]: CLS attention of the feature block, mean over heads; only when asked for. */
  readonly saliency?: Float32Array;
  /** By signal key: float32 over the rows of all tiles, CLS first in each; saliency of CLS is 0. */
  readonly signals: ReadonlyMap<string, Float32Array>;
  /** Rows of each tile, CLS included; they differ only after decisions inside the tower. */
  readonly rowsPerTile: readonly number[];
  /** Rows of every tile that entered each block, where a decision inside the tower may have changed them. */
  readonly blockRows?: readonly (readonly number[])[];
}

/** What to read while a layer attends. */
export interface AttendRequest {
  readonly sequence: SequenceHandle;
  /**
   * Position ids of the rows, one array an axis (one for Llama, three for multimodal rotary embeddings);
   * each int32 [rows].
   */
  readonly positions: readonly Int32Array[];
  readonly signals: readonly SignalRequest[];
  /** Rows whose attention `text` signals read: the last `textRows` rows of the sequence. */
  readonly textRows: number;
  /** int32: rows of the sequence that are visual, the keys that signals are cut to. */
  readonly visualRows: Int32Array;
}

/** Rows that go on after a layer. */
export interface CompleteRequest {
  readonly sequence: SequenceHandle;
  readonly positions: readonly Int32Array[];
  /** int32, ascending: rows whose output is needed. The sequence's rows become these. */
  readonly live: Int32Array;
}

/** A look at a layer that has not run yet. */
export interface LookaheadRequest {
  readonly sequence: SequenceHandle;
  readonly positions: readonly Int32Array[];
  /** int32: rows of the sequence that are visual. */
  readonly visualRows: Int32Array;
}

/** One token for a sequence to take in. */
export interface DecodeRequest {
  readonly sequence: SequenceHandle;
  readonly token: number;
  /** Position of the token in each layer, one list of axes a layer. */
  readonly positions: readonly (readonly number[])[];
}

/** Rows computed so far by one sequence, layer by layer; what a report prices. */
export interface LayerCounters {
  queryRows: number;
  keyValueRows: number;
  attentionPairs: number;
  outputRows: number;
  /** (row, key) pairs of attention that were read out as signals. */
  signalPairs: number;
  /** Rows whose keys were projected ahead of the layer's own run. */
  lookaheadRows: number;
}

/**
 * What runs the tensors. Operations are asynchronous and take lists of sequences of unequal length, so
 * that a backend may batch them. A layer is two calls, so that a decision can be taken in between, once
 * the rows that it reads have attended: {@link Backend.attend}, then {@link Backend.complete} for the
 * rows that live on.
 */
export interface Backend {
  readonly name: string;
  /** Tower and projector; pixels float32 [tiles, 3, size, size]. */
  encode(pixels: Float32Array, tiles: number, want: EncodeRequest): Promise<EncodedTiles>;
  /** Projects features float32 [rows, towerWidth] to [rows, width]. */
  project(features: Float32Array): Promise<Float32Array>;
  /** Rows of the embedding table, float32 [ids, width]. */
  embed(ids: readonly number[]): Promise<Float32Array>;
  /** A sequence without rows. */
  open(): SequenceHandle;
  /** From now on `signal` stops the work on a sequence, where the backend can; operations then throw its reason. */
  stopWith(sequence: SequenceHandle, signal: AbortSignal): void;
  /** Gives a sequence the rows [n, width] that enter layer 0 next. */
  setRows(sequence: SequenceHandle, rows: Float32Array): void;
  rowCount(sequence: SequenceHandle): number;
  /** Appends keys and values of all rows to the layer's cache, and reads the signals. */
  attend(layer: number, requests: readonly AttendRequest[]): Promise<SignalReader[]>;
  /** Runs the rest of the layer for the live rows. */
  complete(layer: number, requests: readonly CompleteRequest[]): Promise<void>;
  /** Applies a row map to the rows of a sequence. */
  mapRows(sequence: SequenceHandle, map: RowMap): void;
  /** Rows of a sequence, float32 [rows, width]. */
  readRows(sequence: SequenceHandle, rows: Int32Array): Promise<Float32Array>;
  /** Rows [n, width] after the decoder's final norm. */
  finalNorm(rows: Float32Array): Promise<Float32Array>;
  /** Attention of the last row to the visual rows in a layer that has not run: float32 [visual rows], mean over heads. */
  lookahead(layer: number, requests: readonly LookaheadRequest[]): Promise<Float32Array[]>;
  /** Keys in a layer's cache at `rows` of it, float32 [kvHeads, rows, headSize]. */
  readKeys(sequence: SequenceHandle, layer: number, rows: Int32Array): Float32Array;
  /** Values, likewise. */
  readValues(sequence: SequenceHandle, layer: number, rows: Int32Array): Float32Array;
  /** Keeps the queries of a layer when it runs. */
  captureQueries(sequence: SequenceHandle, layer: number): void;
  /** Kept queries of the rows that the layer ran with, float32 [heads, rows, headSize]; they are kept no longer. */
  takeQueries(sequence: SequenceHandle, layer: number, rows: Int32Array): Float32Array;
  /** Applies one map a key/value head to a layer's cache, keys and values alike. */
  mapCache(sequence: SequenceHandle, layer: number, maps: readonly RowMap[]): void;
  /** Logits of one row of each sequence, float32 [vocabulary]. */
  head(requests: readonly { sequence: SequenceHandle; row: number }[]): Promise<Float32Array[]>;
  /** Runs one token through all layers; logits of each sequence. */
  decode(requests: readonly DecodeRequest[]): Promise<Float32Array[]>;
  /** Rows in a layer's cache. */
  cacheLength(sequence: SequenceHandle, layer: number): number;
  /** Rows that a layer's cache would hold had none been taken out by {@link Backend.mapCache}. */
  cachePosition(sequence: SequenceHandle, layer: number): number;
  /** Drops the last `count` rows from every layer's cache; they must be text. */
  dropRows(sequence: SequenceHandle, count: number): void;
  /** Work since the sequence was opened. */
  counters(sequence: SequenceHandle): readonly LayerCounters[];
  /** Frees a sequence. */
  close(sequence: SequenceHandle): void;
  /** Frees everything; a second call does nothing. */
  release(): Promise<void>;
}
