import { type PieceDecoder, sentencePieceDecoder } from './sentencepiece-decoder.js';
import { SPACE_SYMBOL } from './sentencepiece-encoder.js';
import type { SentencePieceModel } from './sentencepiece-model.js';

/** How {@link sentencePieceAnswer} treats tokens that are not pieces of text. */
export interface AnswerOptions {
  readonly addDummyPrefix: boolean;
  readonly addPrefixSpace: boolean;
  readonly legacy: boolean;
  /** Tokens that are written out as they are. */
  readonly roles: ReadonlySet<string>;
  /** Added tokens that get a space on either side. */
  separate(token: string): boolean;
}

/**
 * The text between two separate tokens, as `LlamaTokenizer.convert_tokens_to_string` makes it: sections of pieces
 * go through SentencePiece, tokens with a role stay as they are. With `legacy`, a section that ends at such a token
 * gets a space in front (sic), so it has to be held back until its end is known.
 */
function subText(model: SentencePieceModel, options: AnswerOptions): PieceDecoder {
  const newSection = () => sentencePieceDecoder(model, options.addDummyPrefix);
  const hold = options.legacy && options.roles.size > 0;
  let section = newSection();
  let held = '';
  let index = 0;
  let afterRole = false;

  function pushRole(token: string, first: boolean): string {
    const space = !afterRole && !first && options.legacy ? ' ' : '';
    const text = space + held + section.end() + token;
    section = newSection();
    held = '';
    afterRole = true;
    return text;
  }

  return {
    push(token) {
      const place = index++;
      const strip = place === 0 && options.addPrefixSpace && token.startsWith(SPACE_SYMBOL);
      const piece = strip ? token.slice(SPACE_SYMBOL.length) : token;
      if (options.roles.has(piece)) return pushRole(piece, place === 0);
      const prefix = afterRole && place === 1 && options.addPrefixSpace;
      const space = prefix && !piece.startsWith(SPACE_SYMBOL) ? ' ' : '';
      afterRole = false;
      const text = section.push(piece);
      if (!hold) return space + text;
      held += text;
      return space;
    },
    end: () => held + section.end(),
  };
}

/**
 * Tokens to text as transformers' slow `LlamaTokenizer` decodes them, one at a time.
 *
 * Sub-texts and separate tokens are joined with spaces. A sub-text without any text is left out, except at the end.
 */
export function sentencePieceAnswer(
  model: SentencePieceModel,
  options: AnswerOptions,
): PieceDecoder {
  let current: PieceDecoder | undefined;
  let written = false;
  // A part is complete, so whatever token comes next is parted from it by a space.
  let separatorDue = false;

  function separator(): string {
    const space = separatorDue ? ' ' : '';
    separatorDue = false;
    return space;
  }

  function endSubText(): string {
    const text = current?.end() ?? '';
    separatorDue ||= written || text !== '';
    current = undefined;
    written = false;
    return text;
  }

  return {
    push(token) {
      if (options.separate(token)) {
        const rest = endSubText();
        const text = rest + separator() + token;
        separatorDue = true;
        return text;
      }
      const space = separator();
      current ??= subText(model, options);
      const text = current.push(token);
      written ||= text !== '';
      return space + text;
    },
    end: endSubText,
  };
}
