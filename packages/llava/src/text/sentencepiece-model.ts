import {
  type ProtobufField,
  type ProtobufSource,
  readBytes,
  readFields,
  readFloat,
  readInt32,
  readMessage,
  readString,
} from './protobuf-reader.js';
import { indexPieces, PIECE_TYPE, type Piece, type PieceIndex } from './sentencepiece-pieces.js';
import { tokenizerInvalid } from './tokenizer-error.js';

/** What a `tokenizer.model` says, as far as BPE needs it. */
export interface SentencePieceModel extends PieceIndex {
  /** By id. */
  readonly pieces: readonly Piece[];
  /** −1 where the model has none. */
  readonly bosId: number;
  readonly eosId: number;
  /** What the unknown piece is decoded to. */
  readonly unknownSurface: string;
  /** A text gets a space in front. */
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  /** Spaces are written ▁. */
  readonly escapeWhitespaces: boolean;
}

/** The largest published models have 4 MB and 256 thousand pieces. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_PIECES = 2 ** 20;

/** Fields of sentencepiece_model.proto that are read. */
const MODEL = { pieces: 1, trainer: 2, normalizer: 3 };
const PIECE = { text: 1, score: 2, type: 3 };
const TRAINER = { modelType: 3, suffix: 24, byteFallback: 35, bosId: 41, eosId: 42, surface: 44 };
const NORMALIZER = { characterMap: 2, dummyPrefix: 3, removeExtra: 4, escape: 5 };
const BPE = 2;

function readPiece(source: ProtobufSource, field: ProtobufField): Piece {
  let text = '';
  let score = 0;
  let type: number = PIECE_TYPE.normal;
  for (const part of readMessage(source, field)) {
    if (part.number === PIECE.text) text = readString(source, part);
    else if (part.number === PIECE.score) score = readFloat(source, part);
    else if (part.number === PIECE.type) type = readInt32(source, part);
  }
  return { text, score, type, offset: field.offset };
}

/**
 * Reads a SentencePiece model of type BPE.
 *
 * The Llama, Vicuna, Mistral and LLaVA models normalize by identity. A model with a table of character rules, or
 * of another type, is refused rather than misread.
 *
 * @param file  what to call it in errors
 * @param bytes  the file; read only
 * @throws TOKENIZER_INVALID naming the offset and what is wrong there
 */
export function readSentencePieceModel(file: string, bytes: Uint8Array): SentencePieceModel {
  const fail = (offset: number, problem: string) =>
    tokenizerInvalid(file, `at byte ${offset}: ${problem}`, { offset });
  if (bytes.length > MAX_BYTES) throw fail(MAX_BYTES, `${bytes.length} bytes are no tokenizer`);
  const source: ProtobufSource = { bytes, fail };
  const pieces: Piece[] = [];
  // Defaults of the proto file; where a field is repeated, the last one counts.
  const trainer = { modelType: 1, suffix: 0, byteFallback: 0, bosId: 1, eosId: 2 };
  const normalizer = { dummyPrefix: 1, removeExtra: 1, escape: 1 };
  let unknownSurface = ' \u2047 ';

  for (const field of readFields(source)) {
    if (field.number === MODEL.pieces) {
      if (pieces.length === MAX_PIECES) throw fail(field.offset, `more than ${MAX_PIECES} pieces`);
      pieces.push(readPiece(source, field));
    } else if (field.number === MODEL.trainer) {
      for (const part of readMessage(source, field)) {
        if (part.number === TRAINER.surface) unknownSurface = readString(source, part);
        readSetting(source, part, TRAINER, trainer);
      }
    } else if (field.number === MODEL.normalizer) {
      for (const part of readMessage(source, field)) {
        if (part.number === NORMALIZER.characterMap && readBytes(source, part).length > 0) {
          throw fail(
            part.offset,
            'the model has a table of character rules, which is not supported',
          );
        }
        readSetting(source, part, NORMALIZER, normalizer);
      }
    }
  }

  const index = indexPieces(pieces, trainer.byteFallback !== 0, fail);
  if (trainer.modelType !== BPE) throw fail(0, `model type ${trainer.modelType} is not BPE (2)`);
  if (trainer.suffix !== 0) throw fail(0, 'spaces at the end of pieces are not supported');
  return {
    ...index,
    pieces,
    bosId: trainer.bosId,
    eosId: trainer.eosId,
    unknownSurface,
    addDummyPrefix: normalizer.dummyPrefix !== 0,
    removeExtraWhitespaces: normalizer.removeExtra !== 0,
    escapeWhitespaces: normalizer.escape !== 0,
  };
}

/** Puts a number into the setting that has its field, if one has. */
function readSetting<Name extends string>(
  source: ProtobufSource,
  part: ProtobufField,
  fields: Record<Name, number>,
  settings: Partial<Record<Name, number>>,
): void {
  for (const name of Object.keys(settings) as Name[]) {
    if (fields[name] === part.number) settings[name] = readInt32(source, part);
  }
}
