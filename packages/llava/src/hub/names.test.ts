import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteSize } from './byte-size.js';
import { chooseFiles } from './choose-files.js';
import { contentHash, readEtag } from './content-address.js';
import { fileNameProblem } from './file-name.js';
import { matchesGlob } from './glob.js';
import { isModelReference, parseModelReference } from './model-reference.js';

describe('a pattern', () => {
  it.each([
    ['*.json', 'config.json', true],
    ['*.json', 'a/b/config.json', true],
    ['*.json', 'config.jsonl', false],
    ['model-?????-of-*.safetensors', 'model-00001-of-00002.safetensors', true],
    ['model-?-of-*', 'model-00001-of-00002.safetensors', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['a.b', 'axb', false],
    ['[a]', 'a', false],
  ])('%j on %j: %s', (pattern, name, expected) => {
    expect(matchesGlob(name, pattern)).toBe(expected);
  });

  it('means what the same regular expression means', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 });
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(word, pattern, (name, glob) => {
        const source = glob.replace(/\./g, '\\.').replace(/\*/g, '.*').replace(/\?/g, '.');
        expect(matchesGlob(name, glob)).toBe(new RegExp(`^${source}$`).test(name));
      }),
    );
  });

  it('with many stars takes no time', () => {
    expect(matchesGlob('a'.repeat(1000), `${'*a'.repeat(200)}b`)).toBe(false);
  });
});

describe('a file name', () => {
  it('that is allowed stays below its folder', () => {
    const part = fc.string({
      unit: fc.constantFrom('a', '.', '/', '\\', ':', '\0', 'é'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(part, (name) => {
        if (fileNameProblem(name) !== undefined) return;
        expect(posix.resolve('/base', name).startsWith('/base/')).toBe(true);
        expect(name).not.toMatch(/\\|\0|^\/|(^|\/)\.{0,2}(\/|$)/);
      }),
    );
  });

  it.each(['a:b.json', 'CON', 'nul.json', 'end.', 'end ', 'what?.json'])(
    '%j is refused on Windows only',
    (name) => {
      expect(fileNameProblem(name, 'win32')).toBeDefined();
      expect(fileNameProblem(name, 'linux')).toBeUndefined();
    },
  );
});

describe('a reference', () => {
  it.each([
    ['llava-hf/llava-1.5-7b-hf', { id: 'llava-hf/llava-1.5-7b-hf', revision: 'main' }],
    ['org/name@v1.0', { id: 'org/name', revision: 'v1.0' }],
    ['org/name@refs/pr/3', { id: 'org/name', revision: 'refs/pr/3' }],
    ['o/n_1@release-2+x', { id: 'o/n_1', revision: 'release-2+x' }],
  ])('%s is read', (ref, expected) => {
    expect(isModelReference(ref)).toBe(true);
    expect(parseModelReference(ref)).toEqual(expected);
  });

  it.each([
    'tiny',
    './org/name',
    '/org/name',
    'org/name/',
    'org//name',
    '~/name',
    'org/name@',
    'org/name@..',
    'org/name@/x',
    'org/name@x/',
    'org/name@-x',
    'org/name@x\\y',
    'org/name@x\ny',
    `org/${'n'.repeat(97)}`,
    `org/name@${'x'.repeat(256)}`,
  ])('%j is none', (ref) => {
    expect(isModelReference(ref)).toBe(false);
    expect(() => parseModelReference(ref)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    );
  });

  it('may name its revision once, or twice the same', () => {
    expect(parseModelReference('a/b', 'v1').revision).toBe('v1');
    expect(parseModelReference('a/b@v1', 'v1').revision).toBe('v1');
    expect(() => parseModelReference('a/b@v1', 'v2')).toThrow(/two revisions .* v1 and v2/);
  });
});

describe('the choice of files', () => {
  const names = [
    '.gitattributes',
    'README.md',
    'added_tokens.json',
    'chat_template.json',
    'config.json',
    'consolidated.safetensors',
    'example.png',
    'flax_model.msgpack',
    'generation_config.json',
    'merges.txt',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'onnx/config.json',
    'onnx/model.onnx',
    'original/consolidated.00.pth',
    'original/tokenizer.model',
    'preprocessor_config.json',
    'processor_config.json',
    'pytorch_model-00001-of-00002.bin',
    'pytorch_model.bin.index.json',
    'special_tokens_map.json',
    'tf_model.h5',
    'tokenizer.json',
    'tokenizer.model',
    'tokenizer_config.json',
    'trainer_state.json',
    'training_args.bin',
    'vocab.json',
  ];

  it('is what loading needs, small files first', () => {
    expect(chooseFiles('a/b', names)).toEqual([
      'added_tokens.json',
      'chat_template.json',
      'config.json',
      'generation_config.json',
      'merges.txt',
      'preprocessor_config.json',
      'processor_config.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer.model',
      'tokenizer_config.json',
      'vocab.json',
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
  });

  it('takes PyTorch weights only without safetensors', () => {
    const torch = names.filter((name) => !name.includes('safetensors'));
    expect(chooseFiles('a/b', torch).slice(-2)).toEqual([
      'pytorch_model.bin.index.json',
      'pytorch_model-00001-of-00002.bin',
    ]);
  });

  it('obeys patterns', () => {
    expect(chooseFiles('a/b', names, { include: ['onnx/*'], exclude: ['*.json'] })).toEqual([
      'onnx/model.onnx',
    ]);
    expect(() => chooseFiles('a/b', names, { exclude: ['*'] })).toThrow(
      /none of its 29 files is left by include "\(default\)" and exclude \["\*"\]/,
    );
  });
});

describe('a checksum', () => {
  it.each([
    [`"${'a'.repeat(64)}"`, 'a'.repeat(64)],
    [`W/"${'b'.repeat(40)}"`, 'b'.repeat(40)],
    ['c'.repeat(40), 'c'.repeat(40)],
    ['"abc"', undefined],
    [`"${'A'.repeat(40)}"`, undefined],
    [`"${'a'.repeat(32)}-5"`, undefined],
    ['../x', undefined],
    [null, undefined],
  ])('is read from %s', (header, expected) => {
    expect(readEtag(header)).toBe(expected);
  });

  it('of a small file is the one git gives', () => {
    // printf hello | git hash-object --stdin
    const hash = contentHash({ etag: 'a'.repeat(40), bytes: 5 })
      .update('hello')
      .digest('hex');
    expect(hash).toBe('b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0');
  });
});

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.00 kB'],
  [14_107_284_480, '14.1 GB'],
])('%i is shown as %s', (bytes, text) => {
  expect(byteSize(bytes)).toBe(text);
});
