import { AutopruneError } from '@autoprune/core';
import { describe, expect, it } from 'vitest';
import { sentencePieceDecoder } from './sentencepiece-decoder.js';
import { sentencePieceEncoder } from './sentencepiece-encoder.js';
import { readSentencePieceModel } from './sentencepiece-model.js';
import { PIECE_TYPE } from './sentencepiece-pieces.js';
import { decodeAll } from './stream-decoder.js';

// A writer for models, as small as the reader's needs.
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const tag = (number: number, wire: number) => varint((number << 3) | wire);
const int = (number: number, value: number) => [...tag(number, 0), ...varint(value)];
const bytes = (number: number, value: Iterable<number>) => {
  const list = [...value];
  return [...tag(number, 2), ...varint(list.length), ...list];
};
const text = (number: number, value: string) => bytes(number, Buffer.from(value));
const float = (number: number, value: number) => [
  ...tag(number, 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];
const piece = (content: string, score: number, type: number) =>
  bytes(1, [...text(1, content), ...float(2, score), ...int(3, type)]);

const { normal, unknown, control, userDefined, unused } = PIECE_TYPE;
const PIECES = [
  ...piece('<unk>', 0, unknown),
  ...piece('<s>', 0, control),
  ...piece('</s>', 0, control),
  ...piece('a', -10, normal),
  ...piece('b', -11, normal),
  ...piece('c', -12, normal),
  ...piece('ab', -1, normal),
  ...piece('bc', 0, normal),
  ...piece('abc', 0, unused),
  ...piece('<sep>', 0, userDefined),
  ...piece('▁', -13, normal),
  ...piece('▁a', -0.5, normal),
  ...piece('▁▁', -2, normal),
];
const BPE = bytes(2, int(3, 2));
/** add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces */
const spaces = (dummy: number, remove: number, escaped: number) =>
  bytes(3, [...int(3, dummy), ...int(4, remove), ...int(5, escaped)]);
const read = (...parts: number[][]) => readSentencePieceModel('m', Uint8Array.from(parts.flat()));

describe('readSentencePieceModel', () => {
  it('fills in what the file leaves out', () => {
    const model = read(PIECES, BPE);
    expect(model).toMatchObject({
      bosId: 1,
      eosId: 2,
      unknownId: 0,
      byteIds: undefined,
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
      unknownSurface: ' ⁇ ',
    });
    expect(model.pieces[6]).toMatchObject({ text: 'ab', score: -1, type: normal });
  });

  it('takes the last of repeated settings and passes over fields that it does not know', () => {
    const model = read(PIECES, int(99, 1), bytes(2, [...int(3, 1), ...int(41, 5), ...int(3, 2)]));
    expect(model.bosId).toBe(5);
  });

  it('reads −1 as no BOS', () => {
    const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    expect(read(PIECES, bytes(2, [...int(3, 2), ...tag(41, 0), ...minusOne])).bosId).toBe(-1);
  });

  it.each([
    ['nothing', [], 'at byte 0: holds no pieces; this is no SentencePiece model'],
    ['text', [...Buffer.from('{"a": 1}')], 'at byte 0: field 15 has the unknown wire type 3'],
    ['a cut tag', [0x80], 'at byte 0: a field tag is cut off'],
    ['an endless varint', Array(12).fill(0x80), 'at byte 0: a field tag is longer than 10 bytes'],
    ['field 0', [0x00, 0x00], 'at byte 0: a field has an impossible number'],
    [
      'a bomb',
      [0x0a, 255, 255, 255, 255, 7],
      'at byte 0: field 1 claims 2147483647 bytes where 0 are left',
    ],
    [
      'a larger bomb',
      [0x0a, 255, 255, 255, 255, 255, 255, 7, 0],
      'field 1 claims 9007199254740991 bytes where 1 are left',
    ],
    [
      'a bomb in a piece',
      bytes(1, [0x0a, 5, 65]),
      'at byte 2: field 1 claims 5 bytes where 1 are left',
    ],
    ['a cut float', bytes(1, [0x15, 0, 0]), 'at byte 2: field 2 claims 4 bytes where 2 are left'],
    ['a wrong wire type', int(1, 5), 'at byte 0: field 1 is a varint instead of a byte string'],
    [
      'a number for text',
      bytes(1, int(1, 5)),
      'at byte 2: field 1 is a varint instead of a byte string',
    ],
    [
      'text for a number',
      bytes(1, text(2, 'x')),
      'at byte 2: field 2 is a byte string instead of four bytes',
    ],
    ['bad UTF-8', bytes(1, bytes(1, [0xff])), 'at byte 2: field 1 is not UTF-8 text'],
    ['an empty piece', bytes(1, []), 'at byte 0: piece 0 has no text'],
    [
      'a piece twice',
      [...piece('a', 0, 1), ...piece('a', 0, 1)],
      'at byte 12: piece 1 ("a") is there twice',
    ],
    ['an odd type', piece('a', 0, 9), 'piece 0 ("a") has the unknown type 9'],
    ['no number', piece('a', Number.NaN, 1), 'piece 0 ("a") has the score NaN'],
    [
      'two unknown pieces',
      [...piece('a', 0, 2), ...piece('b', 0, 2)],
      'piece 1 ("b") is a second unknown piece',
    ],
    ['no unknown piece', piece('a', 0, 1), 'at byte 0: has no unknown piece'],
    ['a byte by chance', piece('<0x41>', 0, 6), 'is a byte in a model without byte fallback'],
    ['an odd byte', piece('<0x4>', 0, 6), 'piece 0 ("<0x4>") is no byte'],
    [
      'missing bytes',
      [...PIECES, ...bytes(2, int(35, 1))],
      'at byte 0: has 0 of the 256 byte pieces',
    ],
    ['unigrams', PIECES, 'at byte 0: model type 1 is not BPE (2)'],
    [
      'suffixes',
      [...PIECES, ...bytes(2, [...int(3, 2), ...int(24, 1)])],
      'spaces at the end of pieces',
    ],
    [
      'character rules',
      [...PIECES, ...BPE, ...bytes(3, text(2, 'x'))],
      'has a table of character rules',
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => read(file as number[])).toThrow(AutopruneError);
    expect(() => read(file as number[])).toThrow(message);
  });
});

/** What sentencepiece 0.2.3 gives for this model (`encode(…, out_type=str)` and `decode` of the ids). */
describe('SentencePiece BPE', () => {
  const models = {
    plain: read(PIECES, BPE, spaces(1, 0, 1)),
    trimming: read(PIECES, BPE, spaces(1, 1, 1)),
    bare: read(PIECES, BPE, spaces(0, 0, 1)),
    unescaped: read(PIECES, BPE, spaces(1, 0, 0)),
  };

  it.each([
    ['plain', 'abc', ['▁', 'a', 'bc'], 'abc'],
    ['plain', 'aab', ['▁a', 'ab'], 'aab'],
    ['plain', 'ab<sep>bc', ['▁a', 'b', '<sep>', 'bc'], 'ab<sep>bc'],
    ['plain', ' a  b ', ['▁', '▁a', '▁▁', 'b', '▁'], ' a  b '],
    ['plain', '', [], ''],
    ['plain', '▁', ['▁▁'], ' '],
    ['trimming', ' a  b ', ['▁a', '▁', 'b'], 'a b'],
    ['trimming', 'a▁', ['▁a'], 'a'],
    ['trimming', '▁', [], ''],
    ['bare', 'abc', ['a', 'bc'], 'abc'],
    ['bare', 'ab<sep>bc', ['ab', '<sep>', 'bc'], 'ab<sep>bc'],
    ['bare', ' a  b ', ['▁a', '▁▁', 'b', '▁'], ' a  b '],
  ] as const)('%s: %j', (name, input, pieces, decoded) => {
    const model = models[name];
    expect(sentencePieceEncoder(model, model.addDummyPrefix)(input)).toEqual(pieces);
    const decoder = sentencePieceDecoder(model, model.addDummyPrefix);
    expect(pieces.map((one) => decoder.push(one)).join('') + decoder.end()).toBe(decoded);
  });

  it('joins unknown characters to one piece', () => {
    const encode = sentencePieceEncoder(models.plain, true);
    expect(encode('xyaz')).toEqual(['▁', 'xy', 'a', 'z']);
    expect(sentencePieceEncoder(models.unescaped, true)('xy a')).toEqual([' xy ', 'a']);
  });

  it('shows unknown pieces and hides control pieces', () => {
    const decoder = sentencePieceDecoder(models.plain, true);
    expect(['<unk>', '<s>', 'new'].map((one) => decoder.push(one))).toEqual([' ⁇ ', '', 'new']);
  });

  it('needs no stack for pieces that are made of unused ones', () => {
    const depth = 3000;
    const chain = Array.from({ length: depth }, (_, index) =>
      piece('a'.repeat(index + 2), -index, unused),
    );
    const model = read(PIECES, BPE, spaces(0, 0, 1), chain.flat());
    const output = sentencePieceEncoder(model, false)('a'.repeat(depth + 1));
    expect(output.join('')).toBe('a'.repeat(depth + 1));
    expect(new Set(output)).toEqual(new Set(['a']));
  });
});

it('decodes through any decoder', () => {
  const decoder = { push: (id: number) => `${id},`, end: () => '.' };
  expect(decodeAll(decoder, [1, 2])).toBe('1,2,.');
});
