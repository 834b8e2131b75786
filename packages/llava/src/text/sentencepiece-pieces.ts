import { byteOfToken } from './byte-fallback-step.js';
import { shown } from './tokenizer-error.js';

/** Kinds of pieces; the numbers are those of sentencepiece_model.proto. */
export const PIECE_TYPE = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

const TYPES: ReadonlySet<number> = new Set(Object.values(PIECE_TYPE));

/** One entry of the vocabulary. */
export interface Piece {
  readonly text: string;
  /** The higher, the earlier a merge into this piece happens. */
  readonly score: number;
  /** Of {@link PIECE_TYPE}. */
  readonly type: number;
  /** Where it lies in the file, for errors. */
  readonly offset: number;
}

/** Ids by text. */
export interface PieceIndex {
  readonly ids: ReadonlyMap<string, number>;
  readonly unknownId: number;
  /** Id of the piece of each byte; undefined without byte fallback. */
  readonly byteIds: readonly number[] | undefined;
}

/**
 * Checks a vocabulary by the rules of SentencePiece itself: no empty piece, no piece twice, one unknown piece, and
 * with byte fallback all 256 byte pieces.
 *
 * @param fail  makes the error for a problem at an offset
 */
export function indexPieces(
  pieces: readonly Piece[],
  byteFallback: boolean,
  fail: (offset: number, problem: string) => Error,
): PieceIndex {
  const ids = new Map<string, number>();
  const byteIds: number[] = [];
  let unknownId = -1;
  for (const [id, { text, score, type, offset }] of pieces.entries()) {
    const quoted = `piece ${id} (${shown(text)})`;
    if (text === '') throw fail(offset, `piece ${id} has no text`);
    if (ids.has(text)) throw fail(offset, `${quoted} is there twice`);
    if (!TYPES.has(type)) throw fail(offset, `${quoted} has the unknown type ${type}`);
    if (!Number.isFinite(score)) throw fail(offset, `${quoted} has the score ${score}`);
    if (type === PIECE_TYPE.unknown) {
      if (unknownId >= 0) throw fail(offset, `${quoted} is a second unknown piece`);
      unknownId = id;
    }
    if (type === PIECE_TYPE.byte) {
      const byte = byteOfToken(text);
      if (byte === undefined) throw fail(offset, `${quoted} is no byte`);
      if (!byteFallback) throw fail(offset, `${quoted} is a byte in a model without byte fallback`);
      byteIds[byte] = id;
    }
    ids.set(text, id);
  }
  if (pieces.length === 0) throw fail(0, 'holds no pieces; this is no SentencePiece model');
  if (unknownId < 0) throw fail(0, 'has no unknown piece');
  // Array.prototype.filter passes over holes.
  const bytes = byteIds.filter(() => true).length;
  if (byteFallback && bytes < 256) throw fail(0, `has ${bytes} of the 256 byte pieces`);
  return { ids, unknownId, byteIds: byteFallback ? byteIds : undefined };
}
