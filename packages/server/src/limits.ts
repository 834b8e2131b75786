/** What a request may cost; every bound has its own message. */
export interface ServerLimits {
  /** Requests that may wait for an inference process; one more is answered with 429. Default 32. */
  readonly maxWaiting: number;
  /** Bytes of a request's body. Default 20 MiB. */
  readonly maxBodyBytes: number;
  /** Milliseconds in which headers and body of a request must have arrived. Default 30 000. */
  readonly uploadTimeoutMs: number;
  /** Milliseconds an answer may take, from the start of its inference. Default 10 minutes. */
  readonly answerTimeoutMs: number;
  /** Nesting of the JSON body. Default 32. */
  readonly maxJsonDepth: number;
  /** Values in the JSON body. Default 20 000. */
  readonly maxJsonValues: number;
  /** Messages of a conversation. Default 256. */
  readonly maxMessages: number;
  /** Characters of all texts of a conversation. Default 100 000. */
  readonly maxTextCharacters: number;
  /** Pictures of a conversation. Default 8. */
  readonly maxPictures: number;
  /** Width × height of a picture, read from its header before it is decoded. Default 50 million. */
  readonly maxPicturePixels: number;
  /** Tokens that a request may ask to be generated. Default 1024. */
  readonly maxNewTokens: number;
}

/** See {@link ServerLimits}. */
export const DEFAULT_LIMITS: ServerLimits = {
  maxWaiting: 32,
  maxBodyBytes: 20 * 2 ** 20,
  uploadTimeoutMs: 30_000,
  answerTimeoutMs: 600_000,
  maxJsonDepth: 32,
  maxJsonValues: 20_000,
  maxMessages: 256,
  maxTextCharacters: 100_000,
  maxPictures: 8,
  maxPicturePixels: 50_000_000,
  maxNewTokens: 1024,
};
