/** A session, a decoder, a plan or a cancellation of the addon; it frees itself when nothing refers to it. */
export type NativeHandle = object & { readonly __native?: never };

/** Elements of a tensor: float32, int32 or int64. The memory must be neither shared nor given away. */
export type TensorData = Float32Array | Int32Array | BigInt64Array;

/** An input or output of a graph in the caller's memory, which must not move while a run lasts. */
export type BoundTensor = readonly [name: string, data: TensorData, shape: readonly number[]];

/** An output that onnxruntime allocates. */
export type AllocatedTensor = readonly [name: string, data: null, shape: null];

/** A graph to run on the memory that it is bound to. */
export type RunStep = readonly [
  session: NativeHandle,
  inputs: readonly BoundTensor[],
  outputs: readonly BoundTensor[],
];

/**
 * Rows float32 [heads, count, width] to put into a cache [heads, capacity, width], at the row that the one element of
 * `row` names when the step runs.
 */
export type AppendStep = readonly [
  source: Float32Array,
  target: Float32Array,
  heads: number,
  capacity: number,
  row: Int32Array,
];

/** Extents of a decoder and the epsilon of its norms. */
export type DecoderShape = readonly [
  hiddenSize: number,
  intermediateSize: number,
  heads: number,
  keyValueHeads: number,
  headSize: number,
  normEpsilon: number,
];

/**
 * Where the weights of a decoder layer lie: 16 offsets into a file, in bytes. In this order: weights of the norm before
 * attention; matrices of query, key, value and output; weights of the norm after attention; matrices of gate, up and down.
 * A norm is float32. A matrix has two offsets, of its integers uint8 [out, blocks, 64] (two 4-bit integers a byte, the low
 * one first, 8 standing for 0; blocks of 128 inputs) and of their scales float32 [out, blocks].
 */
export type DecoderLayerFile = readonly [file: string, offsets: readonly number[]];

/** Rows of a cache: float32; bits of half precision; or 8-bit integers, with a scale for each row elsewhere. */
export type CacheArray = Float32Array | Uint16Array | Int8Array;

/** What a token needs of one layer of a sequence. */
export type DecoderLayerMemory = readonly [
  /** [kvHeads, capacity, head]; gets the token's key. */
  key: CacheArray,
  /** [kvHeads, capacity, head], of the same kind as the keys; gets the token's value. */
  value: CacheArray,
  capacity: number,
  /** Its one element, read when the step runs: the token's row in the cache; it attends to the rows before it and itself. */
  row: Int32Array,
  /** Cosines of the token's position, float32 [head / 2]. */
  cosines: Float32Array,
  /** Sines of the token's position, float32 [head / 2]. */
  sines: Float32Array,
  /** Gets the rotated query, float32 [heads, head]. */
  query: Float32Array,
  /** float32 [kvHeads, capacity], of keys that are 8-bit integers. */
  keyScales?: Float32Array,
  /** float32 [kvHeads, capacity], of values that are. */
  valueScales?: Float32Array,
];

/**
 * One token, or a few, through all layers of a decoder, in the place of `hidden` float32 [tokens, hiddenSize]. Each has
 * memory of its own in every layer, `layers` [tokens, layers]: tokens of several sequences, or some that follow one another
 * in one, whose memories then have the same caches and rows one after another.
 */
export type DecoderStep = readonly [
  decoder: NativeHandle,
  hidden: Float32Array,
  layers: readonly DecoderLayerMemory[],
];

/** A part of a plan. */
export type PlanStep = RunStep | AppendStep | DecoderStep;

/** An output that onnxruntime allocated, without a copy of it. */
export type TensorResult = readonly [data: ArrayBuffer, shape: readonly number[]];

/**
 * The C API of onnxruntime, on threads of its own: promises settle when the work has ended, whatever ended it, and only
 * then may the memory be used for something else.
 */
export interface OnnxRuntimeAddon {
  /**
   * Opens the library for the life of the process; a second time gives the same.
   *
   * @param threads  of the pool that sessions with as many threads share
   * @returns the library's version
   * @throws Error where the file is no onnxruntime that this addon can use, or another one is open already
   */
  open(path: string, threads: number): string;
  /** @param folder  that the files of the graph's weights are named from */
  createSession(bytes: Uint8Array, folder: string, threads: number): Promise<NativeHandle>;
  /** Frees the weights, once no run uses them. */
  releaseSession(session: NativeHandle): Promise<void>;
  /** @returns the outputs that were allocated, in their order */
  run(
    session: NativeHandle,
    inputs: readonly BoundTensor[],
    outputs: readonly (BoundTensor | AllocatedTensor)[],
    cancellation?: NativeHandle,
  ): Promise<TensorResult[]>;
  /**
   * Reads the weights of a decoder's layers into memory.
   *
   * @param threads  that a token runs on, at most
   * @param path  instruction set, one of the addon's; default: the best
   * @throws Error where a file cannot be read or does not hold what its offsets say
   */
  createDecoder(
    shape: DecoderShape,
    layers: readonly DecoderLayerFile[],
    threads: number,
    path?: string,
  ): Promise<NativeHandle>;
  /** Frees the weights, once no run uses them. */
  releaseDecoder(decoder: NativeHandle): Promise<void>;
  /** Binds steps to memory once, to be run in one piece of work as often as one likes. */
  createPlan(steps: readonly PlanStep[]): NativeHandle;
  runPlan(plan: NativeHandle, cancellation?: NativeHandle): Promise<void>;
  createCancellation(): NativeHandle;
  /** Ends every run that it was given to, now and later, before the operator that comes next; they reject. */
  cancel(cancellation: NativeHandle): void;
}
