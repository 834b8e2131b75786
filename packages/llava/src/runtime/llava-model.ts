import {
  type Budget,
  createPruner,
  type DecoderGeometry,
  type Method,
  type MethodChoice,
  type ParameterValues,
  type Pruner,
  type VisionGeometry,
} from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { gridSize } from '../families/model-config.js';
import type { ChatMessage } from '../text/chat-message.js';
import type { PromptTemplate } from '../text/prompt-template.js';
import { answer } from './answer.js';
import type { Backend } from './backend.js';
import { type ChatOptions, ChatSession } from './chat-session.js';
import type { CheckpointFiles } from './checkpoint-files.js';
import { Generation } from './generation.js';
import {
  type ImageMode,
  type PictureInput,
  type PictureOptions,
  type PreparedPicture,
  preparePicture,
} from './pictures.js';
import type { SamplingOptions } from './sampler.js';

/** Options of {@link LlavaModel.generate}. */
export interface GenerateOptions extends SamplingOptions {
  /** The conversation; the last message is the user's. A string is one question about all pictures. */
  readonly messages: string | readonly ChatMessage[];
  /** Pictures in the order of their places in the messages. Default none. */
  readonly images?: readonly PictureInput[];
  /** Default `checkpoint`. */
  readonly imageMode?: ImageMode | undefined;
  /** Frame of animated pictures, from 0. */
  readonly frame?: number | undefined;
  /** Pruning method by name, as an object, or several that act at different sites. Default `none`. */
  readonly method?: string | Method | readonly MethodChoice[];
  readonly parameters?: ParameterValues;
  /** Default: the method's own. */
  readonly budget?: Budget;
  /** What the published scripts do. Default false. */
  readonly reference?: boolean;
  /** Prompt template. Default: the checkpoint's own, else the family's. */
  readonly template?: PromptTemplate;
  /** Default 128. */
  readonly maxNewTokens?: number;
  /** Texts that end the answer, beside those of the template. */
  readonly stop?: readonly string[];
  /** Adds logits and kept rows to the result. Default false. */
  readonly trace?: boolean;
  readonly signal?: AbortSignal;
  /** What an abort does: reject with the signal's reason, or end with what there is. Default `throw`. */
  readonly onAbort?: 'throw' | 'keep';
  /** Runs every row through every layer, for comparisons. Default false. */
  readonly computeDeadRows?: boolean;
}

/** What a loaded model says about itself. */
export interface ModelInfo {
  readonly id: string;
  readonly folder: string;
  readonly family: string;
  readonly dtype: string;
  readonly backend: string;
  readonly kernels: string;
  readonly loadMs: number;
}

/** A loaded checkpoint. Free it with {@link LlavaModel.release} or `await using`. */
export class LlavaModel implements AsyncDisposable {
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
    readonly kernels: TokenKernels,
  ) {}

  /** Shape of the decoder, for schedules and prices. */
  get geometry(): DecoderGeometry {
    const { decoder } = this.files.config;
    return {
      layers: decoder.layers,
      heads: decoder.heads,
      keyValueHeads: decoder.keyValueHeads,
      hiddenSize: decoder.hiddenSize,
      intermediateSize: decoder.intermediateSize,
      headSize: decoder.headSize,
      vocabularySize: decoder.vocabularySize,
    };
  }

  /** Shape of the tower and the projector, for prices. */
  get visionGeometry(): VisionGeometry {
    const { vision, decoder } = this.files.config;
    const width = decoder.hiddenSize;
    return {
      blocks: vision.featureBlock + 1,
      hiddenSize: vision.hiddenSize,
      intermediateSize: vision.intermediateSize,
      rows: gridSize(vision) ** 2 + 1,
      patchValues: 3 * vision.patchSize ** 2,
      projectorMultiplyAdds: vision.hiddenSize * width + width * width,
    };
  }

  /**
   * Prepares a picture once for several questions: its encoded features are kept with it.
   *
   * @throws PICTURE_* naming the file, the number and the limit
   */
  preparePicture(input: PictureInput, options: PictureOptions = {}): Promise<PreparedPicture> {
    return preparePicture(input, this.files.config, this.files.processor, options);
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

  /** @internal */
  pruner(options: GenerateOptions): Pruner {
    const { method = 'none', parameters, budget, reference, seed } = options;
    return createPruner({
      method,
      ...(parameters ? { parameters } : {}),
      ...(budget ? { budget } : {}),
      ...(reference === undefined ? {} : { reference }),
      ...(seed === undefined ? {} : { seed }),
    });
  }

  /** Frees the sessions and their memory. A second call does nothing. */
  release(): Promise<void> {
    return this.backend.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
