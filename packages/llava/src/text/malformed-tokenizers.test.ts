import { readFileSync } from 'node:fs';
import { AutopruneError } from '@autoprune/core';
import { goldenPath } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.js';
import { loadSentencePieceTokenizer } from './sentencepiece-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';

/** The error of a tokenizer that can not be loaded; fails for any other error. */
function refusal(load: () => Tokenizer): AutopruneError | undefined {
  let tokenizer: Tokenizer;
  try {
    tokenizer = load();
  } catch (error) {
    if (AutopruneError.isInstance(error, 'TOKENIZER_INVALID')) return error;
    throw error;
  }
  // What loads has to work.
  const ids = tokenizer.encode(' a <image>\n写 </s>😀 cat');
  for (const id of ids) expect(Number.isInteger(id)).toBe(true);
  expect(typeof tokenizer.decode(ids)).toBe('string');
  expect(typeof tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('string');
  return undefined;
}

const minimal = {
  model: { type: 'BPE', vocab: { '<unk>': 0, a: 1, b: 2, ab: 3, '<s>': 4 }, merges: ['a b'] },
  added_tokens: [{ id: 0, content: '<unk>', special: true }],
};
const withModel = (model: object) => ({ ...minimal, model: { ...minimal.model, ...model } });
const load = (json: unknown, tokenizerConfig?: string) => () =>
  loadTokenizer({
    tokenizerJson: typeof json === 'string' ? json : JSON.stringify(json),
    tokenizerConfig,
    name: 'x',
  });

describe('loadTokenizer', () => {
  it('takes a file with nothing but a model', () => {
    const tokenizer = load(minimal)();
    expect(tokenizer.encode('aab')).toEqual([1, 3]);
    expect(tokenizer.decode([1, 3])).toBe('a ab');
    expect(tokenizer.bosTokenId).toBeUndefined();
  });

  it('adds the tokens that only the configuration knows', () => {
    const config = {
      bos_token: { content: '<s>' },
      eos_token: '</s>',
      tokenizer_class: 'LlamaTokenizerFast',
      add_eos_token: true,
      added_tokens_decoder: { 9: { content: '<image>', special: true } },
    };
    const tokenizer = load(minimal, JSON.stringify(config))();
    expect(tokenizer.encode('ab<image>')).toEqual([4, 3, 5, 6]);
    expect(tokenizer.idToToken(5)).toBe('<image>');
    expect(tokenizer.eosTokenId).toBe(6);
    expect(tokenizer.decode([4, 3, 6], { skipSpecialTokens: true })).toBe('ab');
    expect(tokenizer.vocabularySize).toBe(7);
  });

  it('fills in what LlamaTokenizer takes for granted', () => {
    const tokenizer = load(minimal, '{"tokenizer_class":"LlamaTokenizer"}')();
    expect(tokenizer).toMatchObject({ bosTokenId: 4, eosTokenId: 5 });
    expect(tokenizer.encode('ab</s>')).toEqual([4, 3, 5]);
  });

  it.each([
    ['', 'x: tokenizer.json: is not JSON ('],
    [JSON.stringify(minimal).slice(0, 40), 'x: tokenizer.json: is not JSON ('],
    ['null', 'x: tokenizer.json: the file: Invalid input: expected object, received null'],
    ['[]', 'x: tokenizer.json: the file: Invalid input: expected object, received array'],
    [{}, 'x: tokenizer.json: model: Invalid input: expected object, received undefined'],
    [withModel({ type: 'Unigram' }), 'model.type: "Unigram" is not supported (only BPE)'],
    [withModel({ type: 5 }), 'model.type: Invalid input: expected string, received number'],
    [withModel({ vocab: ['a'] }), 'model.vocab: expected an object from token to id'],
    [withModel({ vocab: {} }), 'model.vocab: has no tokens'],
    [withModel({ vocab: { a: '1' } }), 'as id of "a" but found "1"'],
    [withModel({ vocab: { a: 1e9 } }), 'in [0, 4194304] as id of "a" but found 1000000000'],
    [withModel({ merges: undefined }), 'model.merges: expected a list'],
    [
      withModel({ merges: [['a', 5]] }),
      'model.merges.0: expected two strings but found a list of 2',
    ],
    [
      JSON.stringify(withModel({ merges: [0] })).replace(
        '0]',
        `${'['.repeat(5000)}${']'.repeat(5000)}]`,
      ),
      'model.merges.0: expected two strings but found a list of 1',
    ],
    [withModel({ merges: ['a'] }), 'model.merges.0: expected two strings but found "a"'],
    [withModel({ merges: ['b a'] }), 'model.merges.0: "ba" is not in the vocabulary'],
    [withModel({ unk_token: '<no>' }), 'model.unk_token: "<no>" is not in the vocabulary'],
    [{ ...minimal, added_tokens: [{ id: 1 }] }, 'added_tokens.0.content: Invalid input'],
    [{ ...minimal, added_tokens: [{ id: -1, content: 'c' }] }, 'added_tokens.0.id: Too small'],
    [
      { ...minimal, added_tokens: [{ id: 9, content: 'c', single_word: true }] },
      'added token "c" is single_word, which is not supported',
    ],
    [{ ...minimal, normalizer: { type: 'Odd' } }, 'Unknown Normalizer type: Odd'],
    [{ ...minimal, pre_tokenizer: 5 }, 'pre_tokenizer: Invalid input'],
    [{ ...minimal, decoder: { type: 'Odd' } }, 'decoder: "Odd" is not supported'],
    [
      {
        ...minimal,
        post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'no' } }] },
      },
      'post_processor: adds a token that is not in the vocabulary',
    ],
    [{ ...minimal, post_processor: { type: 'TemplateProcessing' } }, 'x: tokenizer.json: '],
  ])('refuses %j', (json, message) => {
    expect(refusal(load(json))?.message).toContain(message);
  });

  it.each([
    ['{', 'x: tokenizer_config.json: is not JSON'],
    ['{"bos_token":5}', 'x: tokenizer_config.json: bos_token: Invalid input'],
    ['{"added_tokens_decoder":{"x":{}}}', 'x: tokenizer_config.json: added_tokens_decoder'],
  ])('refuses the configuration %s', (config, message) => {
    expect(refusal(load(minimal, config))?.message).toContain(message);
  });

  it('refuses a file that is too large without parsing it', () => {
    const huge = ' '.repeat(128 * 1024 * 1024 + 1);
    expect(refusal(load(huge))?.message).toContain('above the limit');
  });
});

const folder = goldenPath('models/tokenizers/sp_metaspace');
const file = (name: string) => readFileSync(`${folder}/${name}`);

describe.skipIf(!folder)('damaged files', () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    remove: fc.nat(6),
    insert: fc.uint8Array({ maxLength: 6 }),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  const length = fc.double({ min: 0, max: 1, noNaN: true });

  function damage(
    bytes: Uint8Array,
    changes: { at: number; remove: number; insert: Uint8Array }[],
  ) {
    let result = Buffer.from(bytes);
    for (const { at, remove, insert } of changes) {
      const place = Math.floor(at * result.length);
      result = Buffer.concat([result.subarray(0, place), insert, result.subarray(place + remove)]);
    }
    return result;
  }

  const loadModel = (model: Uint8Array) => () =>
    loadSentencePieceTokenizer({
      model,
      tokenizerConfig: file('tokenizer_config.json').toString(),
      name: 'x',
    });

  it('refuses a tokenizer.model of random bytes, or loads it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(refusal(loadModel(bytes))?.message).toMatch(/^x: tokenizer\.model: at byte \d+: /);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a cut tokenizer.model, or loads it', () => {
    const bytes = file('tokenizer.model');
    fc.assert(
      fc.property(length, (share) => {
        refusal(loadModel(bytes.subarray(0, Math.floor(share * bytes.length))));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a changed tokenizer.model, or loads it', () => {
    const bytes = file('tokenizer.model');
    fc.assert(
      fc.property(edits, (changes) => {
        refusal(loadModel(damage(bytes, changes)));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a changed tokenizer.json, or loads it', () => {
    const bytes = file('tokenizer.json');
    fc.assert(
      fc.property(edits, (changes) => {
        refusal(load(damage(bytes, changes).toString()));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a tokenizer.json with a changed value, or loads it', () => {
    const text = file('tokenizer.json').toString();
    /** Every place in the file but the many entries of the vocabulary. */
    function* places(value: unknown): Generator<[Record<string, unknown>, string]> {
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value).slice(0, 8)) {
        yield [value as Record<string, unknown>, key];
        yield* places((value as Record<string, unknown>)[key]);
      }
    }
    const json = fc.jsonValue({ maxDepth: 1 });
    fc.assert(
      fc.property(fc.nat(), json, (index, replacement) => {
        const changed = JSON.parse(text) as Record<string, unknown>;
        const all = [...places(changed)];
        const [owner, key] = all[index % all.length]!;
        owner[key] = replacement;
        refusal(load(changed));
      }),
      { numRuns: 500 },
    );
  });
});
