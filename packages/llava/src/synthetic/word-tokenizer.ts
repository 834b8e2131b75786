import type { StreamDecoder } from '../text/stream-decoder.js';
import type { Tokenizer } from '../text/tokenizer.js';

const IMAGE = '<image>';
const BOS = 1;
/** Ids below are special in the vocabularies that are stood in for. */
const FIRST_WORD = 1000;

/**
 * A stand-in for a vocabulary where none is at hand: every word is one token, so that a prompt of so many tokens is a
 * text of so many words.
 *
 * @param vocabularySize  ids of the model
 * @param imageToken  the id that stands for a picture
 */
export function wordTokenizer(vocabularySize: number, imageToken: number): Tokenizer {
  const words = imageToken - FIRST_WORD;
  const idOf = (word: string): number =>
    word === IMAGE ? imageToken : FIRST_WORD + (hash(word) % words);
  const decode = (ids: readonly number[]): string => ids.map((id) => ` ${id}`).join('');
  return {
    encode: (text, { addSpecialTokens = true } = {}) => [
      ...(addSpecialTokens ? [BOS] : []),
      ...(text.match(/<image>|[^\s<]+|</g) ?? []).map(idOf),
    ],
    decode,
    streamDecoder: (): StreamDecoder => ({ push: (id) => decode([id]), end: () => '' }),
    bosTokenId: BOS,
    vocabularySize,
    tokenToId: idOf,
    idToToken: (id) => (id === imageToken ? IMAGE : ` ${id}`),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
