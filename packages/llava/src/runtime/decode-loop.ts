import type { SequenceHandle } from './backend.js';
import { breathe } from './breathe.js';
import type { DecodingCache } from './decoding-cache.js';
import type { ModelContext } from './model-context.js';
import type { FinishReason } from './result.js';
import { createSampler, type SamplingOptions } from './sampler.js';
import { StopText } from './stop-text.js';

/** Settings of a {@link DecodeLoop}. */
export interface DecodeSettings {
  readonly sampling: SamplingOptions;
  readonly stop: readonly string[];
  /** Most tokens to generate. */
  readonly limit: number;
  /** Whether a new token's position in a layer is that layer's cache length. */
  readonly renumber: boolean;
  /** Positions of the prompt, for methods that keep them. */
  readonly promptLength: number;
  /** Where a method acts on the caches while decoding. */
  readonly cache: DecodingCache | undefined;
  readonly signal: AbortSignal;
  readonly onAbort: 'throw' | 'keep';
  readonly emit: (text: string) => void;
}

/** What a {@link DecodeLoop} made. */
export interface Decoded {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly generatedIds: readonly number[];
  /** `performance.now()` when the first token was chosen. */
  readonly firstTokenAt: number;
}

/** Generates token after token from the logits of a prompt. */
export class DecodeLoop {
  constructor(
    private readonly model: ModelContext,
    private readonly sequence: SequenceHandle,
    private readonly settings: DecodeSettings,
  ) {}

  async run(promptLogits: Float32Array): Promise<Decoded> {
    const { sampling, stop, limit, signal, onAbort, emit } = this.settings;
    const { tokenizer, eosTokenIds } = this.model.files;
    const sample = createSampler(sampling, this.model.kernels);
    const decoder = tokenizer.streamDecoder({ skipSpecialTokens: true });
    const text = new StopText(stop);
    const generatedIds: number[] = [];
    // An answer begins after "ASSISTANT:" and may end in a line break: the space around it is not part of it. Space
    // is held back until text follows, so that what was shown is the answer, letter for letter.
    let shown = '';
    let space = '';
    const show = (piece: string): void => {
      const held = shown === '' ? (space + piece).trimStart() : space + piece;
      const visible = held.trimEnd();
      space = held.slice(visible.length);
      if (visible === '') return;
      shown += visible;
      emit(visible);
    };
    let logits = promptLogits;
    let finishReason: FinishReason = 'length';
    let firstTokenAt = performance.now();
    for (;;) {
      const id = sample(logits);
      generatedIds.push(id);
      if (generatedIds.length === 1) firstTokenAt = performance.now();
      if (eosTokenIds.includes(id)) {
        finishReason = 'eos';
        break;
      }
      show(text.push(decoder.push(id)));
      if (text.stopped) {
        finishReason = 'stop';
        break;
      }
      if (generatedIds.length >= limit) break;
      await breathe();
      if (signal.aborted) {
        if (onAbort === 'throw') throw signal.reason;
        finishReason = 'aborted';
        break;
      }
      const positions = this.positions(generatedIds.length - 1);
      const request = { sequence: this.sequence, token: id, positions };
      this.settings.cache?.beforeToken();
      try {
        logits = (await this.model.backend.decode([request]))[0]!;
      } catch (error) {
        if (!signal.aborted || onAbort === 'throw') throw error;
        finishReason = 'aborted';
        break;
      }
      this.settings.cache?.afterToken();
    }
    show(text.push(decoder.end()));
    if (text.stopped && finishReason !== 'aborted') finishReason = 'stop';
    show(text.end());
    return { text: shown, finishReason, generatedIds, firstTokenAt };
  }

  /** Position of the token of `step` in every layer. */
  private positions(step: number): number[][] {
    const { layers } = this.model.files.config.decoder;
    const { renumber, promptLength } = this.settings;
    return Array.from({ length: layers }, (_, layer) => [
      renumber ? this.model.backend.cachePosition(this.sequence, layer) : promptLength + step,
    ]);
  }
}
