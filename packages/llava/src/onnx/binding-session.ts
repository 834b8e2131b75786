import { AutopruneError } from '@autoprune/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from './graph-builder.js';
import {
  type DenseTensor,
  type FloatTensor,
  type GraphSession,
  type RunOptions,
  sessionFailure,
} from './session.js';

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

const TYPE_OF = (data: DenseTensor['data']): 'float32' | 'int32' | 'int64' =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';

/** A session of onnxruntime-node. It runs on the calling thread, copies its outputs and cannot be stopped. */
export class BindingSession implements GraphSession {
  private released = false;

  private constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly name: string,
  ) {}

  static async create(name: string, graph: Graph, threads: number): Promise<BindingSession> {
    const runtime = await loadOnnxRuntime();
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
    return new BindingSession(runtime, session, name);
  }

  async run<Name extends string>(
    inputs: Readonly<Record<string, DenseTensor>>,
    wanted: readonly Name[],
    { signal, into }: RunOptions<Name> = {},
  ): Promise<Record<Name, FloatTensor>> {
    signal?.throwIfAborted();
    const feeds: Record<string, Tensor> = {};
    for (const [key, { data, shape }] of Object.entries(inputs)) {
      feeds[key] = new this.runtime.Tensor(TYPE_OF(data), data, shape);
    }
    let outputs: InferenceSession.OnnxValueMapType;
    try {
      outputs = await this.session.run(feeds, wanted);
    } catch (cause) {
      throw sessionFailure(`failed in the ${this.name}`, cause);
    }
    return Object.fromEntries(
      wanted.map((key) => {
        const { data, dims } = outputs[key] as Tensor;
        const target: FloatTensor | undefined = into?.[key];
        target?.data.set(data as Float32Array);
        return [key, target ?? { data: data as Float32Array, shape: dims }];
      }),
    ) as Record<Name, FloatTensor>;
  }

  /** Frees the weights; a second call does nothing. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.session.release();
  }
}
