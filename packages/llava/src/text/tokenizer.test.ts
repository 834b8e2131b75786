import { readFileSync } from 'node:fs';
import { describeGoldens, type GoldenSet } from '@autoprune/testing';
import { expect } from 'vitest';
import { loadTokenizer } from './load-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';

interface GoldenString {
  text: string;
  ids: number[];
  ids_no_special: number[];
  tokens: string[];
  decoded: string;
  decoded_skip_special: string;
  prefix_decoded_skip_special?: string[];
}

interface GoldenFile {
  vocab_len: number;
  bos: number | null;
  eos: number | null;
  strings: GoldenString[];
  decode_ids: Omit<GoldenString, 'text' | 'ids_no_special' | 'tokens'>[];
}

function load(set: GoldenSet, folder: string): Tokenizer {
  const text = (file: string) => readFileSync(set.path(`${folder}/${file}`), 'utf8');
  return loadTokenizer({
    tokenizerJson: text('tokenizer.json'),
    tokenizerConfig: text('tokenizer_config.json'),
    specialTokensMap: text('special_tokens_map.json'),
    name: folder,
  });
}

for (const name of ['llama', 'sp_legacy', 'sp_metaspace', 'qwen', 'internvl', 'onevision']) {
  const folder = `models/tokenizers/${name}`;

  describeGoldens(`tokenizer.json ${name}`, [`${folder}/goldens.json`], (set) => {
    const tokenizer = load(set, folder);
    const golden = set.json<GoldenFile>(`${folder}/goldens.json`);
    const skip = { skipSpecialTokens: true };

    function expectDecoded(one: Omit<GoldenString, 'text' | 'ids_no_special' | 'tokens'>): void {
      expect(tokenizer.decode(one.ids)).toBe(one.decoded);
      expect(tokenizer.decode(one.ids, skip)).toBe(one.decoded_skip_special);
      one.prefix_decoded_skip_special?.forEach((prefix, length) => {
        expect(tokenizer.decode(one.ids.slice(0, length), skip)).toBe(prefix);
      });
    }

    set.each(
      [golden],
      () => 'knows its size and special tokens',
      () => {
        expect(tokenizer.vocabularySize).toBe(golden.vocab_len);
        expect(tokenizer.bosTokenId ?? null).toBe(golden.bos);
        expect(tokenizer.eosTokenId ?? null).toBe(golden.eos);
      },
    );
    set.each(
      golden.strings,
      ({ text }) => `encodes and decodes ${JSON.stringify(text.slice(0, 60))}`,
      (one) => {
        expect(tokenizer.encode(one.text)).toEqual(one.ids);
        expect(tokenizer.encode(one.text, { addSpecialTokens: false })).toEqual(one.ids_no_special);
        expect(one.ids.map((id) => tokenizer.idToToken(id))).toEqual(one.tokens);
        expect(one.tokens.map((token) => tokenizer.tokenToId(token))).toEqual(one.ids);
        expectDecoded(one);
      },
    );
    set.each(golden.decode_ids, ({ ids }) => `decodes ids ${ids.join(' ')}`, expectDecoded);
  });
}
