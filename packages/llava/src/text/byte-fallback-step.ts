import type { DecoderStep } from './decoder-step.js';

/** The byte of a token such as `<0x0A>`, or undefined for any other token. */
export function byteOfToken(token: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/**
 * Byte tokens to characters, as the `ByteFallback` decoder of Rust's tokenizers does it: a run of byte tokens that
 * is valid UTF-8 as a whole becomes its text, and one that is not becomes U+FFFD for each of its bytes, the
 * valid ones included. (SentencePiece keeps the valid ones: `sentencepiece-decoder.ts`.)
 *
 * So a run is held back to its end while it is valid so far; once it is broken, nothing is.
 */
export function byteFallbackStep(): DecoderStep {
  let run:
    | { decoder: InstanceType<typeof TextDecoder>; text: string; bytes: number }
    | 'broken'
    | undefined;

  function takeByte(byte: number): string[] {
    if (run === 'broken') return ['\uFFFD'];
    run ??= {
      decoder: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
      text: '',
      bytes: 0,
    };
    try {
      run.text += run.decoder.decode(Uint8Array.of(byte), { stream: true });
      run.bytes++;
      return [];
    } catch {
      const replaced = '\uFFFD'.repeat(run.bytes + 1);
      run = 'broken';
      return [replaced];
    }
  }

  function endRun(): string[] {
    const ended = run;
    run = undefined;
    if (ended === undefined || ended === 'broken') return [];
    try {
      return [ended.text + ended.decoder.decode()];
    } catch {
      return ['\uFFFD'.repeat(ended.bytes)];
    }
  }

  return {
    push(piece) {
      const byte = byteOfToken(piece);
      return byte === undefined ? [...endRun(), piece] : takeByte(byte);
    },
    end: endRun,
  };
}
