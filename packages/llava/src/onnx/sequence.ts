import type { DecoderConfig } from '../families/model-config.js';
import type { LayerCounters, SequenceHandle } from '../runtime/backend.js';
import { type CacheMemory, LayerCache } from './layer-cache.js';
import { Scratch } from './scratch.js';

/** Rows whose queries were already attended in the first half of a layer: a run at the end of the sequence. */
interface AttendedRows {
  /** First row that has attended; everything after it has too. */
  readonly from: number;
  /** float32 [rows, heads · head]. */
  readonly values: Float32Array;
}

/** Rows and caches of one sequence. */
export interface Sequence extends SequenceHandle {
  /** Stops the runs of the sequence. */
  signal: AbortSignal | undefined;
  rows: Float32Array;
  readonly caches: readonly LayerCache[];
  readonly counters: readonly LayerCounters[];
  attended: AttendedRows | undefined;
  /** Queries of the layers that they are kept of, in the order they were projected. */
  readonly captured: Map<number, { readonly rows: Int32Array; readonly values: Float32Array }[]>;
  readonly scratch: Scratch;
  /** Keys and values of the current layer are in its cache. */
  cached: boolean;
  /** Operations that read and write its memory at present. */
  running: number;
}

/** A sequence without rows. */
export function newSequence(id: number, decoder: DecoderConfig, memory: CacheMemory): Sequence {
  const { layers, keyValueHeads: heads, headSize } = decoder;
  return {
    id,
    signal: undefined,
    rows: new Float32Array(0),
    caches: Array.from({ length: layers }, () => new LayerCache({ heads, headSize }, memory)),
    counters: Array.from({ length: layers }, () => ({
      queryRows: 0,
      keyValueRows: 0,
      attentionPairs: 0,
      outputRows: 0,
      signalPairs: 0,
      lookaheadRows: 0,
    })),
    captured: new Map(),
    scratch: new Scratch(memory.pool),
    attended: undefined,
    cached: false,
    running: 0,
  };
}

/** Gives the memory of a sequence back that nothing runs on any more. */
export function releaseSequence(sequence: Sequence): void {
  sequence.rows = new Float32Array(0);
  sequence.scratch.release();
  for (const cache of sequence.caches) cache.release();
}
