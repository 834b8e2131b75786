/**
 * The length of the character that begins with these bytes, by the first bytes alone; 0 while too few bytes are
 * there to tell, and −1 where no character can begin like this (overlong forms, surrogates, beyond U+10FFFF).
 */
function characterLength(bytes: readonly number[]): number {
  const [first = 0, second = 0x80] = bytes;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const trailing = (byte: number) => byte >= 0x80 && byte <= 0xbf;
  if (bytes.length > 1 && (second < lowest || second > highest)) return -1;
  if (!bytes.slice(1, length).every(trailing)) return -1;
  return bytes.length < length ? 0 : length;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes a run of byte pieces, byte by byte. */
export interface ByteRun {
  push(byte: number): string;
  /** Ends the run; a new one may follow. */
  end(): string;
}

/**
 * Byte pieces to characters, as SentencePiece does it: the characters of a run that are whole are kept, and each
 * byte that belongs to none becomes U+FFFD. (Rust's tokenizers give up the whole run: `byte-fallback-step.ts`.)
 */
export function sentencePieceBytes(): ByteRun {
  let held: number[] = [];

  function take(): string {
    let text = '';
    while (held.length > 0) {
      const length = characterLength(held);
      if (length === 0) break;
      text += length < 0 ? '\uFFFD' : utf8.decode(Uint8Array.from(held.slice(0, length)));
      held = held.slice(Math.max(length, 1));
    }
    return text;
  }

  return {
    push(byte) {
      held.push(byte);
      return take();
    },
    end() {
      const rest = '\uFFFD'.repeat(held.length);
      held = [];
      return rest;
    },
  };
}
