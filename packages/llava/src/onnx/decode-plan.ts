import type { BoundTensor, CacheArray, NativeHandle, OnnxRuntimeAddon } from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import type { RotaryEmbedding } from '../runtime/rotary.js';
import { untilAborted } from './cancellation.js';
import type { CacheArrays } from './layer-cache.js';
import { NativeDecoder } from './native-decoder.js';
import type { NativeSession } from './native-session.js';
import type { Sequence } from './sequence.js';
import type { NextToken } from './token-queue.js';
import { decoderSteps, sessionSteps, type TokenLayers, type TokenPlace } from './token-steps.js';

/** What a token goes through. */
export interface TokenPath {
  readonly embedding: NativeSession;
  readonly layers: TokenLayers;
  readonly head: NativeSession;
}

/**
 * A token of each of some sequences through all layers in one piece of native work, from ids to logits, over memory that is
 * bound once: until a cache grows, nothing is made or copied for a token but its logits.
 */
export class DecodePlan {
  private readonly ids: Int32Array;
  private readonly logits: Float32Array;
  /** Of each token in each layer. */
  private readonly places: readonly (readonly TokenPlace[])[];
  /** Keys of the caches that the plan is bound to. */
  private bound: readonly CacheArray[] = [];
  private plan: NativeHandle | undefined;

  /** @param count  tokens of a run; more than one for the addon's decoder alone */
  constructor(
    private readonly addon: OnnxRuntimeAddon,
    private readonly config: ModelConfig,
    private readonly path: TokenPath,
    private readonly rotary: RotaryEmbedding,
    readonly count: number,
  ) {
    const { heads, headSize, vocabularySize, layers } = config.decoder;
    this.ids = new Int32Array(count);
    this.logits = new Float32Array(count * vocabularySize);
    const place = (): TokenPlace => ({
      row: new Int32Array(1),
      cos: new Float32Array(headSize / 2),
      sin: new Float32Array(headSize / 2),
      query: new Float32Array(heads * headSize),
    });
    this.places = Array.from({ length: count }, () => Array.from({ length: layers }, place));
  }

  /**
   * Runs the tokens; their keys and values are in the caches afterwards, whose lengths the caller counts.
   *
   * @param tokens  as many as the plan is for, of different sequences
   * @returns logits float32 [vocabulary] of each, the caller's own
   * @throws the reason of the first signal that is aborted; the caches are as they were
   */
  async run(tokens: readonly NextToken[]): Promise<Float32Array[]> {
    tokens.forEach(({ sequence, token, positions }, index) => {
      this.ids[index] = token;
      this.places[index]!.forEach(({ row, cos, sin }, layer) => {
        row[0] = sequence.caches[layer]!.length;
        const tables = this.rotary.tables(Int32Array.of(positions[layer]![0]!), Int32Array.of(0));
        cos.set(tables.cos);
        sin.set(tables.sin);
      });
    });
    const plan = await this.bind(tokens.map(({ sequence }) => sequence));
    const signals = tokens.flatMap(({ sequence: { signal } }) => signal ?? []);
    await untilAborted(this.addon, signals, 'decoder', (cancellation) =>
      this.addon.runPlan(plan, cancellation),
    );
    const { vocabularySize } = this.config.decoder;
    return tokens.map((_, index) =>
      this.logits.slice(index * vocabularySize, (index + 1) * vocabularySize),
    );
  }

  /** The rotated query of one of the last tokens, float32 [heads, 1, head], until the next run. */
  query(token: number, layer: number): Float32Array {
    return this.places[token]![layer]!.query;
  }

  /** The plan over the caches as they lie now. */
  private async bind(sequences: readonly Sequence[]): Promise<NativeHandle> {
    const arrays: CacheArrays[] = [];
    for (const { caches } of sequences) {
      for (const cache of caches) arrays.push(await cache.restingPlace());
    }
    const same = this.bound.every((key, index) => key === arrays[index]!.key);
    if (this.plan && same) return this.plan;
    const { decoder } = this.config;
    const { embedding, layers, head } = this.path;
    const rows = new Float32Array(this.count * decoder.hiddenSize);
    const { steps, hidden } =
      layers instanceof NativeDecoder
        ? decoderSteps(layers, rows, arrays, this.places.flat())
        : sessionSteps(layers, decoder, rows, sequences[0]!.caches, this.places[0]!);
    const whole = (name: string, data: Float32Array): BoundTensor => [
      name,
      data,
      [this.count, data.length / this.count],
    ];
    this.plan = this.addon.createPlan([
      [embedding.handle, [['ids', this.ids, [this.count]]], [whole('rows', rows)]],
      ...steps,
      [head.handle, [whole('hidden', hidden)], [whole('logits', this.logits)]],
    ]);
    this.bound = arrays.map(({ key }) => key);
    return this.plan;
  }
}
