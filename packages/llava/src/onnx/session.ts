import { AutopruneError } from '@autoprune/core';

/** A dense input or output of a session. */
export interface DenseTensor {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** A dense output. */
export interface FloatTensor extends DenseTensor {
  readonly data: Float32Array;
}

/** A one-dimensional tensor. */
export const vector = (data: Int32Array): DenseTensor => ({ data, shape: [data.length] });

/** Options of a run. */
export interface RunOptions<Name extends string> {
  /** Ends the run before the operator that comes next, where the session can; else nothing happens. */
  readonly signal?: AbortSignal | undefined;
  /** Memory for outputs whose shape the caller knows. */
  readonly into?: Readonly<Partial<Record<Name, FloatTensor | undefined>>> | undefined;
}

/** One loaded graph. */
export interface GraphSession {
  /**
   * Runs the graph for the outputs `wanted`: those of `into`, or new arrays that the caller owns. Inputs must not change
   * until the promise has settled.
   *
   * @throws the signal's reason on abort; BACKEND_FAILED or OUT_OF_MEMORY
   */
  run<Name extends string>(
    inputs: Readonly<Record<string, DenseTensor>>,
    wanted: readonly Name[],
    options?: RunOptions<Name>,
  ): Promise<Record<Name, FloatTensor>>;
  /** Frees the weights; a second call does nothing. */
  release(): Promise<void>;
}

/** onnxruntime says long native text without a code; one line of it is enough. */
export function sessionFailure(what: string, cause: unknown): AutopruneError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const memory = /alloc|out of memory|bad_alloc/i.test(text);
  return new AutopruneError(
    memory ? 'OUT_OF_MEMORY' : 'BACKEND_FAILED',
    memory
      ? `onnxruntime ${what}: not enough memory; close other programs or use a smaller checkpoint`
      : `onnxruntime ${what}: ${text.split('\n')[0]!.slice(0, 300)}`,
    {},
    { cause },
  );
}
