/** A picture as a path or as the bytes of its file. */
export type AnswerPicture = string | Uint8Array;

/** One message of a conversation; pictures are marked in it and follow in order. */
export interface AnswerMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content:
    | string
    | readonly ({ readonly type: 'text'; readonly text: string } | { readonly type: 'image' })[];
}

/** One question as it is put. */
export interface AnswerRequest {
  /** A text is one question about all pictures. */
  readonly messages: string | readonly AnswerMessage[];
  readonly images: readonly AnswerPicture[];
  readonly maxNewTokens: number;
  readonly signal?: AbortSignal;
}

/** One answer. What the answerer does not know is absent. */
export interface Answered {
  readonly answer: string;
  readonly finishReason?: string;
  readonly cost?: {
    readonly meanEntering: number;
    readonly meanLeaving: number;
    readonly flops: number;
    readonly flopsRatio: number;
    /** Bytes of the cache after the prefill, and without pruning. */
    readonly kvBytes?: number;
    readonly kvBytesUnpruned?: number;
  };
  readonly timings?: Readonly<Record<string, number | null>>;
  /** Visual tokens of the pictures, before anything is pruned. */
  readonly visualTokens?: number;
}

/** Anything that answers questions about pictures: a loaded model, or an endpoint. */
export interface Answerer {
  generate(request: AnswerRequest): PromiseLike<Answered>;
}
