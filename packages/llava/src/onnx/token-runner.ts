import { AutopruneError } from '@autoprune/core';
import type { OnnxRuntimeAddon } from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import { DecodePlan, type TokenPath } from './decode-plan.js';
import type { CacheMemory } from './layer-cache.js';
import type { LayerRunner } from './layer-runner.js';
import type { ModelSessions } from './model-sessions.js';
import { NativeDecoder } from './native-decoder.js';
import { NativeSession } from './native-session.js';
import type { Sequence } from './sequence.js';
import { vector } from './session.js';
import { type NextToken, TokenQueue } from './token-queue.js';
import type { TokenLayers } from './token-steps.js';

/**
 * Runs the tokens of answers: each in one piece of native work where all of it can be, else layer by layer; those of several
 * sequences together where the addon's decoder takes them.
 */
export class TokenRunner {
  /** By the first sequence of a run. */
  private readonly plans = new WeakMap<Sequence, DecodePlan>();
  private readonly queue = new TokenQueue((tokens) =>
    this.runAtOnce(this.path!, this.addon!, tokens),
  );
  private readonly path: TokenPath | undefined;
  private readonly addon: OnnxRuntimeAddon | undefined;

  constructor(
    private readonly config: ModelConfig,
    private readonly sessions: ModelSessions,
    private readonly layers: LayerRunner,
    { addon, packing }: CacheMemory,
  ) {
    this.addon = addon;
    const path = nativePath(sessions);
    // Sessions read caches in float32 alone.
    this.path = packing && !(path?.layers instanceof NativeDecoder) ? undefined : path;
  }

  /**
   * Takes one token into the caches.
   *
   * @returns logits float32 [vocabulary]
   * @throws the signal's reason, and then the caches hold what they held before; CHECKPOINT_INVALID for logits that are
   *   not finite
   */
  async run(next: NextToken): Promise<Float32Array> {
    const { caches } = next.sequence;
    const lengths = caches.map(({ length }) => length);
    try {
      const logits = await this.runOne(next);
      requireFinite(logits);
      return logits;
    } catch (error) {
      caches.forEach((cache, layer) => {
        cache.truncate(lengths[layer]!);
      });
      throw error;
    }
  }

  /** Logits of one row of the sequence. */
  async head(sequence: Sequence, row: number): Promise<Float32Array> {
    const { hiddenSize } = this.config.decoder;
    const hidden = sequence.rows.slice(row * hiddenSize, (row + 1) * hiddenSize);
    const { logits } = await this.sessions.head.run(
      { hidden: { data: hidden, shape: [1, hiddenSize] } },
      ['logits'],
      { signal: sequence.signal },
    );
    requireFinite(logits.data);
    return logits.data;
  }

  private async runOne(next: NextToken): Promise<Float32Array> {
    if (!this.path || !this.addon) return this.runByLayer(next);
    if (this.path.layers instanceof NativeDecoder) return this.queue.push(next);
    return (await this.runAtOnce(this.path, this.addon, [next]))[0]!;
  }

  private async runAtOnce(
    path: TokenPath,
    addon: OnnxRuntimeAddon,
    tokens: readonly NextToken[],
  ): Promise<Float32Array[]> {
    const first = tokens[0]!.sequence;
    let plan = this.plans.get(first);
    if (plan?.count !== tokens.length) {
      plan = new DecodePlan(addon, this.config, path, this.layers.rotary, tokens.length);
      this.plans.set(first, plan);
    }
    const logits = await plan.run(tokens);
    tokens.forEach(({ sequence }, index) => {
      sequence.caches.forEach((cache, layer) => {
        cache.countRow();
        const counters = sequence.counters[layer]!;
        counters.queryRows++;
        counters.keyValueRows++;
        counters.attentionPairs += cache.length;
        counters.outputRows++;
      });
      for (const [layer, parts] of sequence.captured) {
        parts.push({ rows: Int32Array.of(0), values: plan.query(index, layer).slice() });
      }
    });
    return logits;
  }

  private async runByLayer({ sequence, token, positions }: NextToken): Promise<Float32Array> {
    const { rows } = await this.sessions.embedding.run({ ids: vector(Int32Array.of(token)) }, [
      'rows',
    ]);
    sequence.rows = rows.data;
    for (let layer = 0; layer < this.config.decoder.layers; layer++) {
      const row = positions[layer]!.map((position) => Int32Array.of(position));
      await this.layers.complete(layer, sequence, { positions: row, live: Int32Array.of(0) });
    }
    return this.head(sequence, 0);
  }
}

/** What a token goes through, where all of it is native. */
function nativePath(sessions: ModelSessions): TokenPath | undefined {
  const { embedding, head } = sessions;
  const layers = sessions.decoder ?? nativeLayers(sessions);
  return embedding instanceof NativeSession && head instanceof NativeSession && layers
    ? { embedding, layers, head }
    : undefined;
}

function nativeLayers({ decodeLayers, attention }: ModelSessions): TokenLayers | undefined {
  const layers = decodeLayers.flatMap(({ projection, completion }) =>
    projection instanceof NativeSession && completion instanceof NativeSession
      ? [{ projection, completion }]
      : [],
  );
  return attention instanceof NativeSession && layers.length === decodeLayers.length
    ? { layers, attention }
    : undefined;
}

/** A single weight that is no number makes all logits none; saying so beats an answer of the first token for ever. */
function requireFinite(logits: Float32Array): void {
  const index = logits.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new AutopruneError(
    'CHECKPOINT_INVALID',
    `The model computed ${logits[index]} as the logit of token ${index}: a weight of the checkpoint is not a finite number, or its values are too large; download it again`,
    { token: index, value: String(logits[index]) },
  );
}
