import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteFallbackStep, byteOfToken } from './byte-fallback-step.js';
import { byteLevelStep } from './byte-level-step.js';
import { cleanUpStep } from './clean-up-step.js';
import { type DecoderStep, runSteps } from './decoder-step.js';
import { sentencePieceBytes } from './sentencepiece-bytes.js';
import { decoderSteps } from './token-decoder.js';

function run(steps: readonly DecoderStep[], pieces: readonly string[]): string {
  const decoder = runSteps(steps);
  return pieces.map((piece) => decoder.push(piece)).join('') + decoder.end();
}

const decode = (section: unknown, pieces: readonly string[]) =>
  run(
    decoderSteps('test', section).map((make) => make()),
    pieces,
  );
const byteToken = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
/** Bytes as they come from text, with breaks in between. */
const bytes = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.string({ unit: 'grapheme', maxLength: 2 })))
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

/** Rust's rule over a whole list, as plainly as it can be said. */
function fallbackOf(tokens: readonly string[]): string {
  let text = '';
  let held: number[] = [];
  const flush = () => {
    try {
      text += new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        Uint8Array.from(held),
      );
    } catch {
      text += '\ufffd'.repeat(held.length);
    }
    held = [];
  };
  for (const token of tokens) {
    const byte = byteOfToken(token);
    if (byte !== undefined) held.push(byte);
    else {
      flush();
      text += token;
    }
  }
  flush();
  return text;
}

describe('byteFallbackStep', () => {
  it('gives one replacement for each byte of a run that is not valid as a whole', () => {
    expect(run([byteFallbackStep()], ['<0xC3>', '<0xA9>', 'x'])).toBe('éx');
    expect(run([byteFallbackStep()], ['<0xC3>', '<0xA9>', '<0xFF>', 'x'])).toBe(
      '\ufffd\ufffd\ufffdx',
    );
    expect(run([byteFallbackStep()], ['<0xEF>', '<0xBB>', '<0xBF>'])).toBe('\ufeff');
  });

  it('does what Rust does for any tokens', () => {
    const token = fc.oneof(fc.constantFrom('a', '', '<0xZZ>', '<0x1>'), fc.nat(255).map(byteToken));
    const text = bytes.map((list) => Array.from(list, byteToken));
    const tokens = fc.array(fc.oneof(token, text)).map((parts) => parts.flat());
    fc.assert(
      fc.property(tokens, (list) => {
        expect(run([byteFallbackStep()], list)).toBe(fallbackOf(list));
      }),
    );
  });
});

describe('byteLevelStep', () => {
  it('gives the same text piece by piece as at once', () => {
    const characters = new Map<number, string>();
    let next = 256;
    for (let byte = 0; byte < 256; byte++) {
      const own = byte > 160 ? byte !== 173 : byte > 32 && byte < 127;
      characters.set(byte, String.fromCharCode(own ? byte : next++));
    }
    fc.assert(
      fc.property(bytes, (list) => {
        const pieces = Array.from(list, (byte) => characters.get(byte)!);
        const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(list);
        expect(run([byteLevelStep()], pieces)).toBe(whole);
      }),
    );
  });

  it('writes a token with a character that stands for no byte as it is', () => {
    expect(run([byteLevelStep()], ['Ġa', 'a b', '写'])).toBe(' aa b写');
  });
});

describe('sentencePieceBytes', () => {
  it('keeps whole characters and replaces each other byte', () => {
    fc.assert(
      fc.property(bytes, (list) => {
        const decoder = sentencePieceBytes();
        const text = Array.from(list, (byte) => decoder.push(byte)).join('') + decoder.end();
        // One character or one replacement for each position where a character begins or none does.
        let expected = '';
        for (let place = 0; place < list.length; ) {
          const length = [1, 2, 3, 4].find((count) => {
            const slice = list.subarray(place, place + count);
            const character = slice.toString('utf8');
            return slice.length === count && Buffer.from(character).equals(slice);
          });
          expected += length ? list.toString('utf8', place, place + length) : '\ufffd';
          place += length ?? 1;
        }
        expect(text).toBe(expected);
      }),
    );
  });
});

describe('cleanUpStep', () => {
  it('takes spaces out as transformers does', () => {
    const text = "I do n't know , he 's ' here ' . Yes ! they 've we 're I 'm ok ?";
    expect(run([cleanUpStep()], [text])).toBe(
      "I don't know, he's'here '. Yes! they've we're I'm ok?",
    );
  });

  it('gives the same text piece by piece as at once', () => {
    const piece = fc.string({ unit: fc.constantFrom(..." .?!,'ntmsverab") });
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(run([cleanUpStep()], pieces)).toBe(run([cleanUpStep()], [pieces.join('')]));
      }),
    );
  });
});

describe('decoderSteps', () => {
  const replace = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };
  const stripFront = { type: 'Strip', content: ' ', start: 1, stop: 0 };

  it('joins with spaces without a decoder', () => {
    expect(decode(null, ['a', 'b'])).toBe('a b');
  });

  it('strips each token before Fuse and the text after it', () => {
    const pieces = ['▁', '▁a', '▁b'];
    const sequence = (...decoders: unknown[]) => ({ type: 'Sequence', decoders });
    expect(decode(sequence(replace, stripFront), pieces)).toBe('ab');
    expect(decode(sequence(replace, { type: 'Fuse' }, stripFront), pieces)).toBe(' a b');
    expect(decode({ type: 'Strip', content: '#', start: 2, stop: 1 }, ['###a##', '#'])).toBe('#a#');
  });

  it('takes the space of the first token away for Metaspace', () => {
    expect(decode({ type: 'Metaspace', prepend_scheme: 'first' }, ['▁a', '▁b'])).toBe('a b');
    expect(decode({ type: 'Metaspace', prepend_scheme: 'never' }, ['▁a', '▁b'])).toBe(' a b');
  });

  it.each([
    [{ type: 'CTC' }, 'test: decoder: "CTC" is not supported (known: Sequence, Replace'],
    [
      { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'ByteFallback' }] },
      'can not follow',
    ],
    [{ type: 'Replace', pattern: { Regex: 'a' }, content: '' }, 'test: decoder.pattern.String:'],
    [{}, 'test: decoder.type:'],
    [
      Array.from({ length: 12 }).reduce((inner) => ({ type: 'Sequence', decoders: [inner] })),
      'test: decoder',
    ],
  ])('refuses %j', (section, message) => {
    expect(() => decoderSteps('test', section)).toThrow(message);
  });
});
