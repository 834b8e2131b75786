import type { Budget, DecoderGeometry, MethodChoice, ParameterValues } from '@autoprune/core';
import type {
  CacheDtype,
  ChatMessage,
  Dtype,
  GenerationPart,
  GenerationResult,
  LoadingProgress,
} from '@autoprune/llava';

/** What an inference process loads. */
export interface ModelChoice {
  /** `tiny`, a folder, or an id of the hub that was pulled. */
  readonly ref: string;
  readonly dtype?: Dtype | 'auto' | undefined;
  readonly cacheDtype?: CacheDtype | undefined;
  readonly threads?: number | undefined;
  readonly ignoreMemory?: boolean | undefined;
  readonly visionTower?: string | undefined;
}

/** What a loaded model is. */
export interface ModelCard {
  readonly id: string;
  readonly family: string;
  readonly dtype: string;
  readonly geometry: DecoderGeometry;
  /** Positions that the checkpoint was made for. */
  readonly contextLength: number;
  /** Visual tokens along a side of one tile. */
  readonly grid: number;
  /** How a picture becomes a square; `anyres` cuts it into tiles beside the whole view. */
  readonly imageMode: 'crop' | 'pad' | 'anyres';
  readonly loadMs: number;
}

/** A question, ready for the model. */
export interface AnswerRequest {
  readonly messages: readonly ChatMessage[];
  /** Files of the pictures, in the order of their places in the messages. */
  readonly pictures: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly maxPicturePixels: number;
  readonly method: string | readonly (MethodChoice & { readonly method: string })[];
  readonly parameters?: ParameterValues;
  readonly budget?: Budget;
  readonly reference: boolean;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed: number;
  readonly stop: readonly string[];
  /** Adds the kept rows of every layer to the result. */
  readonly trace: boolean;
}

/** What a finished answer is; of a trace only the kept rows travel. */
export interface AnswerResult extends Omit<GenerationResult, 'trace'> {
  /** One list a layer, where asked for. */
  readonly kept?: NonNullable<GenerationResult['trace']>['kept'];
}

/** What an answer emits, in order. */
export type AnswerPart =
  | Exclude<GenerationPart, { type: 'finish' }>
  | { readonly type: 'finish'; readonly result: AnswerResult };

/** An error on its way between processes. */
export interface SentError {
  /** Undefined for what nobody foresaw. */
  readonly code?: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** From the server to an inference process. */
export type ToInference =
  | { readonly type: 'load'; readonly model: ModelChoice }
  | { readonly type: 'answer'; readonly id: number; readonly request: AnswerRequest }
  | { readonly type: 'cancel'; readonly id: number };

/** From an inference process to the server. */
export type FromInference =
  | { readonly type: 'progress'; readonly progress: LoadingProgress }
  | { readonly type: 'ready'; readonly card: ModelCard }
  | { readonly type: 'load-failed'; readonly error: SentError }
  | { readonly type: 'part'; readonly id: number; readonly part: AnswerPart }
  | {
      readonly type: 'ended';
      readonly id: number;
      /** Absent where the answer is whole. */
      readonly error?: SentError;
      /** Resident bytes of the process. */
      readonly residentBytes: number;
    };
