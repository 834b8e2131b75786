import { AutopruneError } from '@autoprune/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from './graph-builder.js';

type OnnxRuntime = typeof import('onnxruntime-node');

let loaded: Promise<OnnxRuntime> | undefined;

/**
 * The onnxruntime-node that the application installed.
 *
 * @throws BACKEND_UNAVAILABLE with what to install; two versions in one process cannot be loaded on Linux
 */
function loadOnnxRuntime(): Promise<OnnxRuntime> {
  loaded ??= import('onnxruntime-node').then(
    (module) => {
      const runtime = ((module as { default?: OnnxRuntime }).default ?? module) as OnnxRuntime;
      // Read once, before the first session; the library would print to standard error in colour.
      runtime.env.logLevel = 'fatal';
      return runtime;
    },
    (cause: Error) => {
      loaded = undefined;
      const reason = cause.message.split('\n')[0];
      throw new AutopruneError(
        'BACKEND_UNAVAILABLE',
        `onnxruntime-node could not be loaded (${reason}); install one version of it beside @autoprune/llava: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`,
        {},
        { cause },
      );
    },
  );
  return loaded;
}

/** A dense input or output of a session. */
export interface DenseTensor {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** A one-dimensional tensor. */
export const vector = (data: Int32Array): DenseTensor => ({ data, shape: [data.length] });

const TYPE_OF = (data: DenseTensor['data']): 'float32' | 'int32' | 'int64' =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';

/** One loaded graph. Runs are counted, so that a test can see that nothing unasked was computed. */
export class GraphSession {
  private released = false;

  private constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly name: string,
  ) {}

  /** @param threads  threads of one operator */
  static async create(name: string, graph: Graph, threads: number): Promise<GraphSession> {
    const runtime = await loadOnnxRuntime();
    try {
      const session = await runtime.InferenceSession.create(graph.bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // Outputs live on after the run; an arena would keep their largest size for ever.
        enableCpuMemArena: false,
        logSeverityLevel: 4,
        extra: {
          session: {
            // The weights lie in the checkpoint's own files; the graph itself is in memory.
            model_external_initializers_file_folder_path: graph.folder,
            // Every session has its own threads: idle ones must not burn a core.
            intra_op: { allow_spinning: '0' },
          },
        },
      });
      return new GraphSession(runtime, session, name);
    } catch (cause) {
      throw failure(`could not load the ${name}`, cause);
    }
  }

  /** Runs the graph for the outputs `wanted`. Float outputs are new arrays that the caller owns. */
  async run<Name extends string>(
    inputs: Readonly<Record<string, DenseTensor>>,
    wanted: readonly Name[],
  ): Promise<Record<Name, { data: Float32Array; shape: readonly number[] }>> {
    const feeds: Record<string, Tensor> = {};
    for (const [key, { data, shape }] of Object.entries(inputs)) {
      feeds[key] = new this.runtime.Tensor(TYPE_OF(data), data, shape);
    }
    let outputs: InferenceSession.OnnxValueMapType;
    try {
      outputs = await this.session.run(feeds, wanted);
    } catch (cause) {
      throw failure(`failed in the ${this.name}`, cause);
    }
    return Object.fromEntries(
      wanted.map((key) => {
        const tensor = outputs[key] as Tensor;
        return [key, { data: tensor.data as Float32Array, shape: tensor.dims }];
      }),
    ) as Record<Name, { data: Float32Array; shape: readonly number[] }>;
  }

  /** Frees the weights; a second call does nothing. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.session.release();
  }
}

/** onnxruntime throws long native text without a code; one line of it is enough. */
function failure(what: string, cause: unknown): AutopruneError {
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
