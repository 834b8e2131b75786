import type { DecoderGeometry, VisionGeometry } from '@autoprune/core';
import type { Kernels, PictureKernels } from '@autoprune/kernels';
import type { ChatMessage } from '../text/chat-message.js';
import type { PromptTemplate } from '../text/prompt-template.js';
import { answer } from './answer.js';
import { assemblePrompt } from './assemble-prompt.js';
import type { Backend } from './backend.js';
import { type ChatOptions, ChatSession } from './chat-session.js';
import type { CheckpointFiles } from './checkpoint-files.js';
import type { GenerateOptions } from './generate-options.js';
import { Generation } from './generation.js';
import {
  decoderGeometry,
  type ModelContext,
  type ModelInfo,
  visionGeometry,
} from './model-context.js';
import {
  type PictureInput,
  type PictureOptions,
  type PreparedPicture,
  preparePicture,
} from './pictures.js';
import { conversation } from './read-prompt.js';

/** A loaded checkpoint. Free it with {@link LlavaModel.release} or `await using`. */
export class LlavaModel implements ModelContext, AsyncDisposable {
  /** @internal */
  constructor(
    readonly info: ModelInfo,
    /** Configuration, tokenizer, processor and template of the checkpoint. */
    readonly files: CheckpointFiles,
    /** The template that questions are put in by default. */
    readonly template: PromptTemplate,
    /** @internal */
    readonly backend: Backend,
    /** @internal */
    readonly kernels: Kernels,
    /** @internal */
    readonly pictureKernels?: PictureKernels,
  ) {}

  /** Shape of the decoder, for schedules and prices. */
  get geometry(): DecoderGeometry {
    return decoderGeometry(this.files.config);
  }

  /** Shape of the tower and the projector, for prices. */
  get visionGeometry(): VisionGeometry {
    return visionGeometry(this.files.config);
  }

  /**
   * Prepares a picture once for several questions: its encoded features are kept with it.
   *
   * @throws PICTURE_* naming the file, the number and the limit
   */
  preparePicture(input: PictureInput, options: PictureOptions = {}): Promise<PreparedPicture> {
    return preparePicture(this, input, options);
  }

  /**
   * Tokens of a prompt without its visual ones: of the template, the text, and what the tokenizer puts around them.
   *
   * @param messages  as for {@link LlavaModel.generate}
   * @param pictures  number of pictures
   */
  countTextTokens(messages: string | readonly ChatMessage[], pictures: number): number {
    const { tokenizer, config } = this.files;
    const turns = conversation(messages, pictures);
    const none = Array.from({ length: pictures }, () => 0);
    return assemblePrompt(turns, this.template, tokenizer, config, none).ids.length;
  }

  /**
   * Answers. Nothing is thrown from here: errors come from awaiting or iterating the result.
   *
   * Rejects with PICTURE_*, PICTURE_COUNT, PROMPT_TOO_LONG, BUDGET_*, METHOD_*, PARAMETER_INVALID, OUT_OF_MEMORY or
   * BACKEND_FAILED, or with the signal's reason.
   */
  generate(options: GenerateOptions): Generation {
    return new Generation((emit, signal) => answer(this, options, emit, signal), options.signal);
  }

  /** Begins a conversation about some pictures. */
  startChat(options: ChatOptions = {}): ChatSession {
    return new ChatSession(this, options);
  }

  /** Frees the sessions and their memory. A second call does nothing. */
  release(): Promise<void> {
    return this.backend.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
