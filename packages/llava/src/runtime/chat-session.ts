import { AutopruneError } from '@autoprune/core';
import type { ChatMessage } from '../text/chat-message.js';
import { answer, decodeAnswer, requireGenerateOptions, resultOf } from './answer.js';
import { assemblePrompt } from './assemble-prompt.js';
import { breathe } from './breathe.js';
import type { GenerateOptions } from './generate-options.js';
import { Generation, type GenerationPart } from './generation.js';
import { type ModelContext, prunerOf } from './model-context.js';
import { type PreparedPicture, preparePictures } from './pictures.js';
import { conversation, type ReadPrompt, readPrompt } from './read-prompt.js';
import type { GenerationResult } from './result.js';

/** Options of `LlavaModel.startChat`: those of generating, without the messages. */
export interface ChatOptions extends Omit<GenerateOptions, 'messages' | 'signal'> {
  /** What every turn begins from. */
  readonly system?: string;
  /**
   * Go on with the pruned cache of the first turn instead of reading the conversation again. Faster, but methods
   * that look at the question do not choose again. Default false.
   */
  readonly reuseCache?: boolean;
}

/** The cache of a conversation and the ids whose rows are in it. */
interface OpenCache {
  readonly prompt: ReadPrompt;
  /** Ids in the cache, in order, generated ones included. */
  ids: number[];
}

/** A cache that was cut is not the conversation any more: rows that the next turn begins from may be gone. */
function requireWholeCache(options: ChatOptions): void {
  const cutting = prunerOf({ ...options, messages: [] }).methods.find(({ sites }) =>
    sites.includes('cache'),
  );
  if (cutting) {
    throw new AutopruneError(
      'METHOD_CONFLICT',
      `Method ${cutting.name} cuts the cache, which reuseCache goes on with; leave one of them out`,
      { method: cutting.name },
    );
  }
}

/** Several questions about the same pictures. Pictures are encoded once. */
export class ChatSession implements AsyncDisposable {
  private readonly messages: ChatMessage[] = [];
  private pictures: readonly PreparedPicture[] | undefined;
  private cache: OpenCache | undefined;

  /** @internal */
  constructor(
    private readonly model: ModelContext,
    private readonly options: ChatOptions,
  ) {
    if (options.system !== undefined) {
      this.messages.push({ role: 'system', content: options.system });
    }
  }

  /** The conversation so far. */
  get history(): readonly ChatMessage[] {
    return this.messages;
  }

  /** Asks the next question. An answer that was aborted with `onAbort: 'keep'` stays in the conversation. */
  ask(question: string, options: { readonly signal?: AbortSignal } = {}): Generation {
    return new Generation((emit, signal) => this.turn(question, emit, signal), options.signal);
  }

  private async turn(
    question: string,
    emit: (part: GenerationPart) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    if (this.options.reuseCache) requireWholeCache(this.options);
    const images = await this.preparedPictures();
    const first = !this.messages.some(({ role }) => role === 'user');
    const pictures = first ? images.map(() => ({ type: 'image' as const })) : [];
    const asked: ChatMessage = {
      role: 'user',
      content: [...pictures, { type: 'text', text: question }],
    };
    const options = { ...this.options, images, messages: [...this.messages, asked] };
    const result = this.options.reuseCache
      ? await this.turnOnCache(options, emit, signal)
      : await answer(this.model, options, emit, signal);
    this.messages.push(asked, {
      role: 'assistant',
      content: [{ type: 'text', text: result.answer }],
    });
    return result;
  }

  private async preparedPictures(): Promise<readonly PreparedPicture[]> {
    this.pictures ??= await preparePictures(this.model, this.options.images ?? [], this.options);
    return this.pictures;
  }

  private async turnOnCache(
    options: GenerateOptions,
    emit: (part: GenerationPart) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    try {
      return await this.answerOnCache(options, emit, signal);
    } catch (error) {
      // Some layers may have taken in rows that others have not: the next turn begins anew.
      this.release();
      throw error;
    }
  }

  private async answerOnCache(
    options: GenerateOptions,
    emit: (part: GenerationPart) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    const started = performance.now();
    requireGenerateOptions(options);
    const reused = this.cache !== undefined;
    this.cache ??= await this.open(options, signal);
    const { cache } = this;
    this.model.backend.stopWith(cache.prompt.sequence, signal);
    const logits = reused ? await this.extend(cache, options, signal) : cache.prompt.logits;
    const prompt: ReadPrompt = {
      ...cache.prompt,
      logits,
      length: cache.ids.length - this.droppedAtInput(cache),
      ...(reused ? { visionMs: 0, prefillMs: performance.now() - started, pruningMs: 0 } : {}),
    };
    emit({ type: 'prune-report', report: prompt.report });
    const decoded = await decodeAnswer(this.model, options, prompt, emit, signal);
    // The last token was chosen but not run, so that it is not in the cache.
    cache.ids.push(...decoded.generatedIds.slice(0, -1));
    const result = {
      ...resultOf(this.model, options, prompt, decoded, started),
      ...(reused ? { cacheReused: true as const } : {}),
    };
    emit({ type: 'finish', result });
    return result;
  }

  private async open(options: GenerateOptions, signal: AbortSignal): Promise<OpenCache> {
    const prompt = await readPrompt(this.model, options, signal);
    return { prompt, ids: Array.from(prompt.ids) };
  }

  /** Visual tokens that never entered the decoder, and so have no position. */
  private droppedAtInput({ prompt }: OpenCache): number {
    return prompt.ids.length - prompt.length;
  }

  /** Runs what the cache does not hold of the conversation; an answer that tokenizes differently is run again. */
  private async extend(
    cache: OpenCache,
    options: GenerateOptions,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { backend, files } = this.model;
    const { prompt } = cache;
    const { template = this.model.template } = options;
    const whole = assemblePrompt(
      conversation(options.messages, options.images?.length ?? 0),
      template,
      files.tokenizer,
      files.config,
      prompt.pictureTokens,
    ).ids;
    let common = 0;
    while (common < cache.ids.length && cache.ids[common] === whole[common]) common++;
    // At least one token must run, for its logits.
    common = Math.min(common, whole.length - 1);
    backend.dropRows(prompt.sequence, cache.ids.length - common);
    const added = whole.slice(common);
    const from = common - this.droppedAtInput(cache);
    backend.setRows(prompt.sequence, await backend.embed(Array.from(added)));
    const { layers } = files.config.decoder;
    const all = Int32Array.from(added, (_, row) => row);
    for (let layer = 0; layer < layers; layer++) {
      signal.throwIfAborted();
      await breathe();
      const start =
        prompt.pruner.positions === 'renumber'
          ? backend.cachePosition(prompt.sequence, layer)
          : from;
      const positions = [all.map((row) => start + row)];
      const live = layer === layers - 1 ? all.subarray(added.length - 1) : all;
      await backend.complete(layer, [{ sequence: prompt.sequence, positions, live }]);
    }
    cache.ids = Array.from(whole);
    return (await backend.head([{ sequence: prompt.sequence, row: 0 }]))[0]!;
  }

  /** Frees the cache. A second call does nothing. */
  release(): void {
    if (this.cache) this.model.backend.close(this.cache.prompt.sequence);
    this.cache = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}
