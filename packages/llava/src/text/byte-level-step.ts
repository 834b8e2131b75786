import type { DecoderStep } from './decoder-step.js';

/**
 * Characters that byte-level vocabularies write for bytes (GPT-2's table): printable Latin-1 characters stand for
 * themselves, the 68 others are U+0100 and up, in order.
 */
function byteCharacters(): Map<string, number> {
  const table = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return table;
}

const BYTES = byteCharacters();
const encoder = new TextEncoder();

/** The bytes of a token; a token with a character outside the table (an added token) is its own UTF-8. */
function bytesOfToken(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTES.get(character);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/**
 * Byte-level tokens to characters. Invalid UTF-8 becomes U+FFFD, one for each longest beginning of a character, in
 * Rust as in the WHATWG decoder. Only an unfinished character is held back.
 */
export function byteLevelStep(): DecoderStep {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (piece) => [decoder.decode(bytesOfToken(piece), { stream: true })],
    end: () => [decoder.decode()],
  };
}
