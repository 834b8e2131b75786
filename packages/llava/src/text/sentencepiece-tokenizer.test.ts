import { readFileSync } from 'node:fs';
import { describeGoldens, type GoldenSet, goldenPath } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.js';
import { loadSentencePieceTokenizer } from './sentencepiece-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';

interface GoldenString {
  text: string;
  ids: number[];
  slow_same: boolean;
  slow_ids?: number[];
  slow_decoded?: string;
}

function load(set: GoldenSet, folder: string): Tokenizer {
  const text = (file: string) => readFileSync(set.path(`${folder}/${file}`), 'utf8');
  return loadSentencePieceTokenizer({
    model: readFileSync(set.path(`${folder}/tokenizer.model`)),
    tokenizerConfig: text('tokenizer_config.json'),
    specialTokensMap: text('special_tokens_map.json'),
    addedTokens: text('added_tokens.json'),
    name: folder,
  });
}

for (const name of ['sp_legacy', 'sp_metaspace']) {
  const folder = `models/tokenizers/${name}`;

  describeGoldens(`tokenizer.model ${name}`, [`${folder}/goldens.json`], (set) => {
    const tokenizer = load(set, folder);
    const golden = set.json<{ strings: GoldenString[]; vocab_len: number }>(
      `${folder}/goldens.json`,
    );

    set.each(
      golden.strings,
      ({ text }) => `encodes and decodes ${JSON.stringify(text.slice(0, 60))}`,
      (one) => {
        const ids = one.slow_ids ?? one.ids;
        expect(tokenizer.encode(one.text)).toEqual(ids);
        if (one.slow_decoded !== undefined) expect(tokenizer.decode(ids)).toBe(one.slow_decoded);
        expect(tokenizer.vocabularySize).toBe(golden.vocab_len);
      },
    );
  });
}

const folder = goldenPath('models/tokenizers/sp_legacy');

/** Expected values are those of transformers 4.57.1's LlamaTokenizer with the same files. */
describe.skipIf(!folder)('loadSentencePieceTokenizer', () => {
  const model = () => readFileSync(`${folder}/tokenizer.model`);
  const withFiles = (config?: object, addedTokens?: object, specialTokensMap?: object) => {
    const [tokenizerConfig, added, map] = [config, addedTokens, specialTokensMap].map(
      (value) => value && JSON.stringify(value),
    );
    return loadSentencePieceTokenizer({
      model: model(),
      tokenizerConfig,
      addedTokens: added,
      specialTokensMap: map,
      name: 'x',
    });
  };

  it('needs nothing but the model', () => {
    const tokenizer = withFiles();
    expect(tokenizer).toMatchObject({ vocabularySize: 600, bosTokenId: 1, eosTokenId: 2 });
    const ids = [1, 261, 438, 2, 556, 123];
    expect(tokenizer.encode('a cat</s> x')).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe('<s> a cat</s> x');
  });

  it('takes tokens of added_tokens.json, with a role or without', () => {
    const tokenizer = withFiles({}, { '<image>': 600, '<pad>': 601 }, { pad_token: '<pad>' });
    const ids = [1, 261, 562, 600, 562, 438, 601];
    expect(tokenizer.vocabularySize).toBe(602);
    expect(tokenizer.encode('a <image> cat<pad>')).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe('<s>a  <image>  cat<pad>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('a  <image> cat');
  });

  it.each([
    ['a <x>  a', [261, 562, 600, 261, 2]],
    ['a  <y> a', [261, 601, 562, 261, 2]],
    ['a zz a', [261, 562, 602, 562, 261, 2]],
    ['azz a', [261, 125, 125, 562, 261, 2]],
    [' zza', [556, 562, 125, 125, 566, 2]],
  ])('follows the rules of added tokens in %j', (text, ids) => {
    const tokenizer = withFiles({
      add_bos_token: false,
      add_eos_token: true,
      added_tokens_decoder: {
        600: { content: '<x>', rstrip: true },
        601: { content: '<y>', lstrip: true },
        602: { content: 'zz', single_word: true },
      },
    });
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  const anyText = fc
    .array(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '<image>', '</s>', ' the')),
    )
    .map((parts) => parts.join(''));

  it('encodes any text as the tokenizer.json that was made from the model', () => {
    const text = (file: string) => readFileSync(`${folder}/${file}`, 'utf8');
    const tokenizerConfig = text('tokenizer_config.json');
    const slow = loadSentencePieceTokenizer({ model: model(), tokenizerConfig, name: 'x' });
    const fast = loadTokenizer({
      tokenizerJson: text('tokenizer.json'),
      tokenizerConfig,
      name: 'x',
    });
    fc.assert(
      fc.property(anyText, (one) => {
        expect(slow.encode(one)).toEqual(fast.encode(one));
      }),
      { numRuns: 500 },
    );
  });

  it('gives back any text without spaces at its start', () => {
    const tokenizer = withFiles();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (one) => {
        fc.pre(!/^[ ▁]|▁/.test(one));
        const ids = tokenizer.encode(one, { addSpecialTokens: false });
        expect(tokenizer.decode(ids)).toBe(one);
      }),
      { numRuns: 500 },
    );
  });
});
