import { existsSync, readFileSync } from 'node:fs';
import { AutopruneError } from '@autoprune/core';
import { describeGoldens, type GoldenSet } from '@autoprune/testing';
import { expect, it } from 'vitest';
import { type PromptPiece, tokenizeWithImages, tokenizeWithImageToken } from './image-tokens.js';
import { loadTokenizer } from './load-tokenizer.js';
import { loadSentencePieceTokenizer } from './sentencepiece-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';

const VICUNA = 'models/prompts/vicuna_v1.json';

/** The pieces as LLaVA has them, −200 for a picture. */
function flatten(pieces: readonly PromptPiece[], image = -200): number[] {
  return pieces.flatMap((piece) => (piece.kind === 'image' ? [image] : piece.ids));
}

function texts(set: GoldenSet, folder: string) {
  const text = (file: string) => {
    const path = `${set.path(folder)}/${file}`;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  return {
    tokenizerConfig: text('tokenizer_config.json'),
    specialTokensMap: text('special_tokens_map.json'),
    addedTokens: text('added_tokens.json'),
    tokenizerJson: text('tokenizer.json') ?? '',
    name: folder,
  };
}
const fast = (set: GoldenSet, folder: string): Tokenizer => loadTokenizer(texts(set, folder));
const slow = (set: GoldenSet, folder: string): Tokenizer =>
  loadSentencePieceTokenizer({
    ...texts(set, folder),
    model: readFileSync(set.path(`${folder}/tokenizer.model`)),
  });

describeGoldens('tokenizer_image_token', [VICUNA], (set) => {
  const golden = set.json<{
    prompts: { name: string; prompt: string; ids: Record<string, number[]> }[];
    raw: { text: string; ids: Record<string, number[]> }[];
  }>(VICUNA);
  const tokenizers: Record<string, Tokenizer> = {};
  for (const name of ['llama', 'sp_legacy', 'sp_metaspace']) {
    tokenizers[`${name}.fast`] = fast(set, `models/tokenizers/${name}`);
    tokenizers[name] = tokenizers[`${name}.fast`]!;
    if (name !== 'llama') tokenizers[`${name}.slow`] = slow(set, `models/tokenizers/${name}`);
  }
  const cases = [
    ...golden.prompts.map(({ name, prompt, ids }) => ({ title: name, text: prompt, ids })),
    ...golden.raw.map(({ text, ids }) => ({ title: JSON.stringify(text), text, ids })),
  ].flatMap(({ title, text, ids }) =>
    Object.entries(ids).map(([tokenizer, expected]) => ({ title, text, tokenizer, expected })),
  );
  set.each(
    cases,
    ({ title, tokenizer }) => `${title} with ${tokenizer}`,
    ({ text, tokenizer, expected }) => {
      expect(flatten(tokenizeWithImages(text, tokenizers[tokenizer]!))).toEqual(expected);
    },
  );
});

interface Run {
  run: string;
  prompt: string;
  input_ids: number[];
  image_token_id: number;
  image_spans: [number, number][];
  tokens_per_image?: number[] | null;
}

/** The ids with each picture's placeholders collapsed to one. */
function collapse({ input_ids: ids, image_token_id: image, tokens_per_image: counts }: Run) {
  const collapsed: number[] = [];
  const left = [...(counts ?? [])];
  for (let place = 0; place < ids.length; ) {
    collapsed.push(ids[place]!);
    place += ids[place] === image ? left.shift()! : 1;
  }
  expect(left).toEqual([]);
  return collapsed;
}

const CHECKPOINTS: Record<string, string> = {
  llava15_old_fp16_sharded: '<image>',
  llava15_new_fp32: '<image>',
  llava15_bin: '<image>',
  llava_next_vicuna_bf16: '<image>',
  llava_next_mistral_fp16: '<image>',
  llava_onevision_fp16: '<image>',
  qwen25vl_old_bf16: '<|image_pad|>',
  qwen25vl_new_fp32: '<|image_pad|>',
  qwen2vl_old_fp16: '<|image_pad|>',
};
for (const [checkpoint, imageToken] of Object.entries(CHECKPOINTS)) {
  const runs = `models/runs/${checkpoint}/runs.json`;
  const folder = `models/checkpoints/${checkpoint}`;
  describeGoldens(`prompt ids ${checkpoint}`, [runs, folder], (set) => {
    const tokenizer = fast(set, folder);
    set.each(
      set.json<{ runs: Run[] }>(runs).runs,
      ({ run }) => run,
      (run) => {
        const pieces = tokenizeWithImageToken(run.prompt, tokenizer, imageToken);
        expect(flatten(pieces, run.image_token_id)).toEqual(collapse(run));
        const pictures = pieces.filter(({ kind }) => kind === 'image').length;
        expect(pictures).toBe(run.tokens_per_image?.length ?? 0);
      },
    );
  });
}

interface Trace {
  id: string;
  prompt: string;
  inputIds: number[];
  newTokenIds: number[];
  text: string;
  textFromTokenizerJson: string;
}

/** Python's str.strip, which the published scripts end with. */
function strip(text: string): string {
  return text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, '');
}

for (const model of ['tiny8-144', 'tiny32-576', 'tiny8-next']) {
  const file = `autoprune/traces/${model}.json`;
  const folder = `autoprune/models/${model}/llava`;
  // All models share one vocabulary, and tiny8-next has no tokenizer.json of its own.
  const converted = 'autoprune/models/tiny8-144/llava-hf';
  describeGoldens(`trace text ${model}`, [file, folder, converted], (set) => {
    const tokenizer = slow(set, folder);
    const json = fast(set, converted);
    const skip = { skipSpecialTokens: true };
    set.each(
      set.json<{ cases: Trace[] }>(file).cases,
      ({ id }) => id,
      (one) => {
        expect(flatten(tokenizeWithImages(one.prompt, tokenizer))).toEqual(one.inputIds);
        expect(strip(tokenizer.decode(one.newTokenIds, skip))).toBe(one.text);
        expect(flatten(tokenizeWithImages(one.prompt, json))).toEqual(one.inputIds);
        expect(strip(json.decode(one.newTokenIds, skip))).toBe(one.textFromTokenizerJson);
      },
    );
  });
}

const words: Tokenizer = {
  encode: (text, { addSpecialTokens = true } = {}) => [
    ...(addSpecialTokens ? [1] : []),
    ...Array.from(text, (character) => character.charCodeAt(0)),
  ],
  decode: () => '',
  streamDecoder: () => ({ push: () => '', end: () => '' }),
  bosTokenId: 1,
  vocabularySize: 256,
  tokenToId: () => undefined,
  idToToken: () => '^',
};

it('refuses a picture for which the tokenizer has no token', () => {
  expect(() => tokenizeWithImageToken('<image>?', words)).toThrow(AutopruneError);
  expect(flatten(tokenizeWithImageToken('a', words))).toEqual([1, 97]);
});

it('adds no second BOS to a prompt that begins with it', () => {
  expect(flatten(tokenizeWithImageToken('^a', words))).toEqual([94, 97]);
});
