import type { Budget, Method, MethodChoice, ParameterValues } from '@autoprune/core';
import type { ChatMessage } from '../text/chat-message.js';
import type { PromptTemplate } from '../text/prompt-template.js';
import type { ImageMode, PictureInput } from './pictures.js';
import type { SamplingOptions } from './sampler.js';

/** Options of `LlavaModel.generate`. */
export interface GenerateOptions extends SamplingOptions {
  /** The conversation; the last message is the user's. A string is one question about all pictures. */
  readonly messages: string | readonly ChatMessage[];
  /** Pictures in the order of their places in the messages. Default none. */
  readonly images?: readonly PictureInput[];
  /** Default `checkpoint`. */
  readonly imageMode?: ImageMode | undefined;
  /** Frame of animated pictures, from 0. */
  readonly frame?: number | undefined;
  /**
   * Pruning method by name (several joined by plus signs: `visionzip+fastv`), as an object, or several that act at
   * different sites. Default `none`.
   */
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
