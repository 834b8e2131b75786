import { byteOfToken } from './byte-fallback-step.js';
import { sentencePieceBytes } from './sentencepiece-bytes.js';
import { SPACE_SYMBOL } from './sentencepiece-encoder.js';
import type { SentencePieceModel } from './sentencepiece-model.js';
import { PIECE_TYPE } from './sentencepiece-pieces.js';

/** Pieces to text, one at a time. */
export interface PieceDecoder {
  /** Takes the text of a piece; returns what became certain. */
  push(piece: string): string;
  end(): string;
}

/**
 * SentencePiece's decoder for one list of pieces. The leading space that `addDummyPrefix` put there is taken off
 * again; control pieces are invisible.
 *
 * @param addDummyPrefix  as for the encoder
 */
export function sentencePieceDecoder(
  model: SentencePieceModel,
  addDummyPrefix: boolean,
): PieceDecoder {
  const run = sentencePieceBytes();
  let atStart = true;
  let tookSpace = false;

  function surface(piece: string): string {
    const id = model.ids.get(piece) ?? model.unknownId;
    const { text, type } = model.pieces[id]!;
    if (type === PIECE_TYPE.control) return '';
    // A piece that is not in the vocabulary stands for itself, ▁ included.
    if (type === PIECE_TYPE.unknown) return piece === text ? model.unknownSurface : piece;
    let rest = piece;
    if (atStart && (addDummyPrefix || model.removeExtraWhitespaces)) {
      const leading = piece.startsWith(SPACE_SYMBOL);
      if (leading) rest = piece.slice(SPACE_SYMBOL.length);
      // With removeExtraWhitespaces all leading spaces go, not only the first.
      tookSpace = leading && !model.removeExtraWhitespaces;
    }
    return rest.replaceAll(SPACE_SYMBOL, ' ');
  }

  return {
    push(piece) {
      if (model.pieces[model.ids.get(piece) ?? -1]?.type === PIECE_TYPE.byte) {
        const text = run.push(byteOfToken(piece)!);
        if (text !== '') atStart = false;
        return text;
      }
      const bytes = run.end();
      if (bytes !== '' || tookSpace) atStart = false;
      const text = surface(piece);
      if (text !== '') atStart = false;
      return bytes + text;
    },
    end: run.end,
  };
}
