import type { CacheArray, NativeHandle, OnnxRuntimeAddon } from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import type { RotaryEmbedding } from '../runtime/rotary.js';
import { untilAborted } from './cancellation.js';
import type { CacheArrays } from './layer-cache.js';
import { NativeDecoder } from './native-decoder.js';
import type { NativeSession } from './native-session.js';
import type { Sequence } from './sequence.js';
import {
  decoderSteps,
  oneElement,
  oneRow,
  sessionSteps,
  type TokenLayers,
  type TokenPlace,
} from './token-steps.js';

/** What a token goes through. */
export interface TokenPath {
  readonly embedding: NativeSession;
  readonly layers: TokenLayers;
  readonly head: NativeSession;
}

/**
 * One token through all layers in one piece of native work, from its id to its logits, over memory that is bound once:
 * until a cache grows, nothing is made or copied for a token but its logits.
 */
export class DecodePlan {
  private readonly token = new Int32Array(1);
  private readonly logits: Float32Array;
  private readonly places: readonly TokenPlace[];
  /** Keys of the caches that the plan is bound to. */
  private bound: readonly CacheArray[] = [];
  private plan: NativeHandle | undefined;

  constructor(
    private readonly addon: OnnxRuntimeAddon,
    private readonly config: ModelConfig,
    private readonly path: TokenPath,
    private readonly rotary: RotaryEmbedding,
  ) {
    const { heads, headSize, vocabularySize, layers } = config.decoder;
    this.logits = new Float32Array(vocabularySize);
    this.places = Array.from({ length: layers }, () => ({
      row: new Int32Array(1),
      cos: new Float32Array(headSize / 2),
      sin: new Float32Array(headSize / 2),
      query: new Float32Array(heads * headSize),
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
    this.places.forEach(({ row, cos, sin }, layer) => {
      row[0] = sequence.caches[layer]!.length;
      const tables = this.rotary.tables(Int32Array.of(positions[layer]![0]!), Int32Array.of(0));
      cos.set(tables.cos);
      sin.set(tables.sin);
    });
    const plan = await this.bind(sequence);
    await untilAborted(this.addon, sequence.signal, 'decoder', (cancellation) =>
      this.addon.runPlan(plan, cancellation),
    );
    return this.logits.slice();
  }

  /** The rotated query of the last token, float32 [heads, 1, head], until the next one runs. */
  query(layer: number): Float32Array {
    return this.places[layer]!.query;
  }

  /** The plan over the caches as they lie now. */
  private async bind({ caches }: Sequence): Promise<NativeHandle> {
    const arrays: CacheArrays[] = [];
    for (const cache of caches) arrays.push(await cache.restingPlace());
    const same = this.bound.every((key, layer) => key === arrays[layer]!.key);
    if (this.plan && same) return this.plan;
    const { decoder } = this.config;
    const { embedding, layers, head } = this.path;
    const rows = new Float32Array(decoder.hiddenSize);
    const { steps, hidden } =
      layers instanceof NativeDecoder
        ? decoderSteps(layers, rows, arrays, this.places)
        : sessionSteps(layers, decoder, rows, caches, this.places);
    this.plan = this.addon.createPlan([
      [embedding.handle, [oneElement('ids', this.token)], [oneRow('rows', rows)]],
      ...steps,
      [head.handle, [oneRow('hidden', hidden)], [oneRow('logits', this.logits)]],
    ]);
    this.bound = arrays.map(({ key }) => key);
    return this.plan;
  }
}
