import type { RowMap, SignalReader, SignalRequest } from '@autoprune/core';

/**
 * A sequence that a backend holds: the rows on their way through the layers, and a cache per layer, each
 * with its own length. Opaque to everything above the backend.
 */
export interface SequenceHandle {
  readonly id: number;
}

/** Encoded tiles of one or more pictures. */
export interface EncodedTiles {
  /** float32 [tiles · tokens, width], projected. */
  readonly tokens: Float32Array;
  /** float32 [tiles · tokens]: CLS attention of the feature block, mean over heads; only when asked for. */
  readonly saliency?: Float32Array;
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
  encode(
    pixels: Float32Array,
    tiles: number,
    want: { readonly saliency: boolean },
  ): Promise<EncodedTiles>;
  /** Rows of the embedding table, float32 [ids, width]. */
  embed(ids: readonly number[]): Promise<Float32Array>;
  /** A sequence without rows. */
  open(): SequenceHandle;
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
  /** Logits of one row of each sequence, float32 [vocabulary]. */
  head(requests: readonly { sequence: SequenceHandle; row: number }[]): Promise<Float32Array[]>;
  /** Runs one token through all layers; logits of each sequence. */
  decode(requests: readonly DecodeRequest[]): Promise<Float32Array[]>;
  /** Rows in a layer's cache. */
  cacheLength(sequence: SequenceHandle, layer: number): number;
  /** Drops the last `count` rows from every layer's cache; they must be text. */
  dropRows(sequence: SequenceHandle, count: number): void;
  /** Work since the sequence was opened. */
  counters(sequence: SequenceHandle): readonly LayerCounters[];
  /** Frees a sequence. */
  close(sequence: SequenceHandle): void;
  /** Frees everything; a second call does nothing. */
  release(): Promise<void>;
}
