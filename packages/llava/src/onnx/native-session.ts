import type { BoundTensor, NativeHandle, OnnxRuntimeAddon } from '@autoprune/kernels';
import { untilAborted } from './cancellation.js';
import type { Graph } from './graph-builder.js';
import type { DenseTensor, FloatTensor, GraphSession, RunOptions } from './session.js';

/** A session of the addon: it runs away from the event loop, without copies, and can be stopped between two operators. */
export class NativeSession implements GraphSession {
  private releasing: Promise<void> | undefined;

  private constructor(
    private readonly addon: OnnxRuntimeAddon,
    readonly handle: NativeHandle,
    private readonly name: string,
  ) {}

  static async create(
    addon: OnnxRuntimeAddon,
    name: string,
    graph: Graph,
    threads: number,
  ): Promise<NativeSession> {
    const handle = await addon.createSession(graph.bytes, graph.folder, threads);
    return new NativeSession(addon, handle, name);
  }

  async run<Name extends string>(
    inputs: Readonly<Record<string, DenseTensor>>,
    wanted: readonly Name[],
    { signal, into }: RunOptions<Name> = {},
  ): Promise<Record<Name, FloatTensor>> {
    const given = (key: Name): FloatTensor | undefined => into?.[key];
    const feeds = Object.entries(inputs).map(
      ([key, { data, shape }]): BoundTensor => [key, data, shape],
    );
    const outputs = wanted.map((key) => {
      const target = given(key);
      return target ? ([key, target.data, target.shape] as const) : ([key, null, null] as const);
    });
    const allocated = await untilAborted(
      this.addon,
      signal ? [signal] : [],
      `the ${this.name}`,
      (cancellation) => this.addon.run(this.handle, feeds, outputs, cancellation),
    );
    let next = 0;
    return Object.fromEntries(
      wanted.map((key) => {
        const target = given(key);
        if (target) return [key, target];
        const [data, shape] = allocated[next++]!;
        return [key, { data: new Float32Array(data), shape }];
      }),
    ) as Record<Name, FloatTensor>;
  }

  release(): Promise<void> {
    this.releasing ??= this.addon.releaseSession(this.handle);
    return this.releasing;
  }
}
