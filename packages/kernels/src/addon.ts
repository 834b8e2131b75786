import type { OnnxRuntimeAddon } from './onnxruntime.js';

/** Functions of one instruction set; outputs are written in place. False where the addon cannot answer. */
export interface AddonFunctions {
  meanAttention(attention: Float32Array, rows: number, mean: Float32Array): boolean;
  mutualInformation(
    attention: Float32Array,
    heads: number,
    rows: number,
    information: Float64Array,
  ): boolean;
  selectTopTokens(scores: Float32Array, out: Int32Array): boolean;
  rankTokens(scores: Float32Array, out: Int32Array): boolean;
  gatherRows(source: Float32Array, width: number, rows: Int32Array, out: Float32Array): boolean;
  mapRows(
    source: Float32Array,
    width: number,
    offsets: Int32Array,
    inputs: Int32Array,
    weights: Float32Array,
    out: Float32Array,
  ): boolean;
  pairDistances(tokens: Float32Array, width: number, distance: Float32Array): boolean;
  neighbourSums(distance: Float32Array, neighbours: number, sums: Float64Array): boolean;
  densityPeaks(
    distance: Float32Array,
    density: Float32Array,
    centres: Int32Array,
    assignment: Int32Array,
    delta: Float32Array,
    score: Float32Array,
  ): boolean;
  similarityMatrix(tokens: Float32Array, width: number, similarity: Float32Array): boolean;
  nearestTargets(
    tokens: Float32Array,
    width: number,
    rows: Int32Array,
    targets: Int32Array,
    nearest: Int32Array,
    similarity: Float32Array,
  ): boolean;
  selectMaxMin(tokens: Float32Array, width: number, order: Int32Array): boolean;
  selectDeterminantal(
    tokens: Float32Array,
    width: number,
    relevance: Float32Array,
    order: Int32Array,
    gains: Float32Array,
  ): boolean;
  attentionScores(
    queries: Float32Array,
    heads: number,
    keys: Float32Array,
    keyHeads: number,
    width: number,
    first: number,
    columns: Int32Array,
    mean: Float32Array,
    information: Float64Array,
  ): boolean;
  weighColumns(
    source: Uint8Array,
    rows: number,
    columns: number,
    channels: number,
    first: Int32Array,
    count: Int32Array,
    weights: Int32Array,
    out: Uint8Array,
    outStride: number,
  ): boolean;
  weighRows(
    source: Uint8Array,
    sourceStride: number,
    bytes: number,
    rows: Int32Array,
    first: Int32Array,
    count: Int32Array,
    weights: Int32Array,
    out: Uint8Array,
    outStride: number,
  ): boolean;
  normalisePixels(
    pixels: Uint8Array,
    factor: number,
    mean: number,
    deviation: number,
    values: Float32Array,
  ): boolean;
  packHalves(values: Float32Array, halves: Uint16Array): boolean;
  unpackHalves(halves: Uint16Array, values: Float32Array): boolean;
  packBytes(values: Float32Array, bytes: Int8Array, scales: Float32Array): boolean;
  unpackBytes(bytes: Int8Array, scales: Float32Array, values: Float32Array): boolean;
}

/** What `autoprune.node` exports. */
export interface Addon {
  readonly interfaceVersion: number;
  /** Instruction sets that it holds and this processor runs, best first. */
  readonly paths: readonly string[];
  kernels(path: string): AddonFunctions;
  /** Sessions over the application's onnxruntime. */
  readonly onnxruntime: OnnxRuntimeAddon;
}

/** The interface that this package speaks; raised in `native/src/addon.cpp` at the same time. */
export const INTERFACE_VERSION = 4;
