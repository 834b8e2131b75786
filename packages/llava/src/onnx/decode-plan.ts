import type {
  AppendStep,
  BoundTensor,
  NativeHandle,
  OnnxRuntimeAddon,
  RunStep,
} from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import type { RotaryEmbedding } from '../runtime/rotary.js';
import { untilAborted } from './cancellation.js';
import type { LayerCache } from './layer-cache.js';
import type { NativeSession } from './native-session.js';
import type { Sequence } from './sequence.js';

/** Native sessions that a token goes through. */
export interface DecodeSessions {
  readonly embedding: NativeSession;
  readonly layers: readonly {
    readonly projection: NativeSession;
    readonly completion: NativeSession;
  }[];
  readonly attention: NativeSession;
  readonly head: NativeSession;
}

/** What of a cache a plan is bound to. */
type BoundCache = Pick<LayerCache, 'key' | 'value' | 'capacity'>;

/**
 * One token through all layers in one piece of native work, from its id to its logits, over memory that is bound once:
 * until a cache grows, nothing is made or copied for a token but its logits.
 */
export class DecodePlan {
  private readonly token = new Int32Array(1);
  private readonly logits: Float32Array;
  private readonly hidden: readonly [Float32Array, Float32Array];
  /** Of each layer: the row of the cache that the token gets, and its cosines and sines. */
  private readonly layers: readonly {
    readonly row: Int32Array;
    readonly cos: Float32Array;
    readonly sin: Float32Array;
  }[];
  private bound: readonly BoundCache[] = [];
  private plan: NativeHandle | undefined;

  constructor(
    private readonly addon: OnnxRuntimeAddon,
    private readonly config: ModelConfig,
    private readonly sessions: DecodeSessions,
    private readonly rotary: RotaryEmbedding,
  ) {
    const { hiddenSize, headSize, vocabularySize, layers } = config.decoder;
    this.logits = new Float32Array(vocabularySize);
    this.hidden = [new Float32Array(hiddenSize), new Float32Array(hiddenSize)];
    this.layers = Array.from({ length: layers }, () => ({
      row: new Int32Array(1),
      cos: new Float32Array(headSize / 2),
      sin: new Float32Array(headSize / 2),
    }));
  }

  /**
   * Runs one token; its keys and values are in the caches afterwards, whose lengths the caller counts.
   *
   * @param positions  of the token in each layer
   * @returns logits float32 [vocabulary], the caller's own
   * @throws the signal's reason; the caches are as they were
   */
  async run(
    sequence: Sequence,
    token: number,
    positions: readonly (readonly number[])[],
  ): Promise<Float32Array> {
    this.token[0] = token;
    this.layers.forEach(({ row, cos, sin }, layer) => {
      row[0] = sequence.caches[layer]!.length;
      const tables = this.rotary.tables(Int32Array.of(positions[layer]![0]!), Int32Array.of(0));
      cos.set(tables.cos);
      sin.set(tables.sin);
    });
    const plan = this.bind(sequence.caches);
    await untilAborted(this.addon, sequence.signal, 'decoder', (cancellation) =>
      this.addon.runPlan(plan, cancellation),
    );
    return this.logits.slice();
  }

  /** The plan over the caches as they lie now. */
  private bind(caches: readonly LayerCache[]): NativeHandle {
    const same = this.bound.every((cache, layer) => cache.key === caches[layer]!.key);
    if (this.plan && same) return this.plan;
    this.bound = caches.map(({ key, value, capacity }) => ({ key, value, capacity }));
    this.plan = this.addon.createPlan(this.steps());
    return this.plan;
  }

  private steps(): (RunStep | AppendStep)[] {
    const { hiddenSize, heads, keyValueHeads, headSize, vocabularySize } = this.config.decoder;
    const first = Int32Array.of(0);
    const vector = (name: string, data: Int32Array): BoundTensor => [name, data, [1]];
    const query = new Float32Array(heads * headSize);
    const key = new Float32Array(keyValueHeads * headSize);
    const value = new Float32Array(keyValueHeads * headSize);
    const attended = new Float32Array(heads * headSize);
    const row = (name: string, data: Float32Array, width: number): BoundTensor => [
      name,
      data,
      [1, width],
    ];
    const steps: (RunStep | AppendStep)[] = [
      [
        this.sessions.embedding.handle,
        [vector('ids', this.token)],
        [row('rows', this.hidden[0], hiddenSize)],
      ],
    ];
    this.layers.forEach((layer, index) => {
      const { projection, completion } = this.sessions.layers[index]!;
      const cache = this.bound[index]!;
      const [from, to] = index % 2 === 0 ? this.hidden : [this.hidden[1], this.hidden[0]];
      const tables = (name: string): BoundTensor[] => [
        row(`${name}_cos`, layer.cos, headSize / 2),
        row(`${name}_sin`, layer.sin, headSize / 2),
      ];
      const ofHeads = (name: string, data: Float32Array, count: number): BoundTensor => [
        name,
        data,
        [count, data.length / count / headSize, headSize],
      ];
      steps.push(
        [
          projection.handle,
          [
            row('hidden', from!, hiddenSize),
            vector('query_rows', first),
            vector('key_rows', first),
            ...tables('query'),
            ...tables('key'),
          ],
          [
            ofHeads('query', query, heads),
            ofHeads('key', key, keyValueHeads),
            ofHeads('value', value, keyValueHeads),
          ],
        ],
        [key, cache.key, keyValueHeads, cache.capacity, layer.row],
        [value, cache.value, keyValueHeads, cache.capacity, layer.row],
        [
          this.sessions.attention.handle,
          [
            ofHeads('query', query, heads),
            ofHeads('key', cache.key, keyValueHeads),
            ofHeads('value', cache.value, keyValueHeads),
            vector('query_index', layer.row),
          ],
          [row('attended', attended, heads * headSize)],
        ],
        [
          completion.handle,
          [
            row('hidden', from!, hiddenSize),
            vector('rows', first),
            row('attended', attended, heads * headSize),
          ],
          [row('out', to!, hiddenSize)],
        ],
      );
    });
    const last = this.hidden[this.layers.length % 2]!;
    steps.push([
      this.sessions.head.handle,
      [row('hidden', last, hiddenSize)],
      [row('logits', this.logits, vocabularySize)],
    ]);
    return steps;
  }
}
