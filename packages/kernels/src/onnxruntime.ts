/** A session, a plan or a cancellation of the addon; it frees itself when nothing refers to it. */
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
  /** Binds steps to memory once, to be run in one piece of work as often as one likes. */
  createPlan(steps: readonly (RunStep | AppendStep)[]): NativeHandle;
  runPlan(plan: NativeHandle, cancellation?: NativeHandle): Promise<void>;
  createCancellation(): NativeHandle;
  /** Ends every run that it was given to, now and later, before the operator that comes next; they reject. */
  cancel(cancellation: NativeHandle): void;
}
