import type { StreamDecoder } from './stream-decoder.js';

/** How text becomes ids. */
export interface EncodeOptions {
  /** Add what the tokenizer puts around a text, for Llama the BOS; true by default. */
  readonly addSpecialTokens?: boolean;
}

/** How ids become text. */
export interface DecodeOptions {
  /** Leave out BOS, EOS and the like; false by default. */
  readonly skipSpecialTokens?: boolean;
}

/**
 * Text to ids and back, for one checkpoint. Made by `loadTokenizer` from a `tokenizer.json` and by
 * `loadSentencePieceTokenizer` from a `tokenizer.model`.
 */
export interface Tokenizer {
  /** Added tokens written out in the text (`<image>`, `</s>`) become their ids. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids outside the vocabulary are left out: a padded output head has rows for them. */
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** Decodes id by id; all its text together is what {@link decode} gives. */
  streamDecoder(options?: DecodeOptions): StreamDecoder;
  readonly bosTokenId?: number | undefined;
  readonly eosTokenId?: number | undefined;
  /** Number of tokens, added ones included. */
  readonly vocabularySize: number;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
}
