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
import type { TokenLayers } from './token-steps.js';

/** Runs the tokens of an answer: each in one piece of native work where all of it can be, else layer by layer. */
export class TokenRunner {
  private readonly plans = new WeakMap<Sequence, DecodePlan>();
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
   * @param positions  of the token in each layer
   * @returns logits float32 [vocabulary]
   * @throws the signal's reason, and then the caches hold what they held before; CHECKPOINT_INVALID for logits that are
   *   not finite
   */
  async run(
    sequence: Sequence,
    token: number,
    positions: readonly (readonly number[])[],
  ): Promise<Float32Array> {
    const lengths = sequence.caches.map(({ length }) => length);
    try {
      const logits =
        this.path && this.addon
          ? await this.runAtOnce(this.path, this.addon, sequence, token, positions)
          : await this.runByLayer(sequence, token, positions);
      requireFinite(logits);
      return logits;
    } catch (error) {
      sequence.caches.forEach((cache, layer) => {
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

  private async runAtOnce(
    path: TokenPath,
    addon: OnnxRuntimeAddon,
    sequence: Sequence,
    token: number,
    positions: readonly (readonly number[])[],
  ): Promise<Float32Array> {
    let plan = this.plans.get(sequence);
    if (!plan) {
      plan = new DecodePlan(addon, this.config, path, this.layers.rotary);
      this.plans.set(sequence, plan);
    }
    const logits = await plan.run(sequence, token, positions);
    sequence.caches.forEach((cache, layer) => {
      cache.countRow();
      const counters = sequence.counters[layer]!;
      counters.queryRows++;
      counters.keyValueRows++;
      counters.attentionPairs += cache.length;
      counters.outputRows++;
    });
    for (const [layer, parts] of sequence.captured) {
      parts.push({ rows: Int32Array.of(0), values: plan.query(layer).slice() });
    }
    return logits;
  }

  private async runByLayer(
    sequence: Sequence,
    token: number,
    positions: readonly (readonly number[])[],
  ): Promise<Float32Array> {
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
