import { z } from 'zod';
import { cleanUpStep } from './clean-up-step.js';
import { runSteps } from './decoder-step.js';
import { parseTokenizerPart } from './parse-json.js';
import { sentencePieceAnswer } from './sentencepiece-answer.js';
import { SPACE_SYMBOL, sentencePieceEncoder } from './sentencepiece-encoder.js';
import { readSentencePieceModel, type SentencePieceModel } from './sentencepiece-model.js';
import {
  type AddedToken,
  addedToken,
  configuredTokens,
  MAX_TOKEN_ID,
  readSpecialTokens,
  readTokenizerConfig,
  type SpecialTokens,
  type TokenizerConfig,
  withDefaultRoles,
} from './special-tokens.js';
import { tokenSplitter } from './split-tokens.js';
import { decodeAll, type StreamDecoder } from './stream-decoder.js';
import type { DecodeOptions, Tokenizer } from './tokenizer.js';

/** A checkpoint's `tokenizer.model` and the texts of the files beside it. */
export interface SentencePieceFiles {
  /** `tokenizer.model`; read only. */
  readonly model: Uint8Array;
  /** `tokenizer_config.json` */
  readonly tokenizerConfig?: string | undefined;
  /** `special_tokens_map.json` */
  readonly specialTokensMap?: string | undefined;
  /** `added_tokens.json` */
  readonly addedTokens?: string | undefined;
  /** What the checkpoint is called in errors: its folder or id. */
  readonly name: string;
}

const addedTokensSchema = z.record(z.string().min(1), z.number().int().min(0).max(MAX_TOKEN_ID));

function allAddedTokens(
  files: SentencePieceFiles,
  model: SentencePieceModel,
  config: TokenizerConfig,
  special: SpecialTokens,
): AddedToken[] {
  const tokens = configuredTokens(config);
  if (!config.added_tokens_decoder && files.addedTokens !== undefined) {
    const file = `${files.name}: added_tokens.json`;
    const stored = parseTokenizerPart(file, files.addedTokens, addedTokensSchema);
    for (const [content, id] of Object.entries(stored)) {
      tokens.push(addedToken(id, content, { special: special.all.includes(content) }));
    }
  }
  const known = new Set(tokens.map((token) => token.content));
  let next = tokens.reduce((max, { id }) => Math.max(max, id + 1), model.pieces.length);
  for (const content of special.all) {
    if (known.has(content)) continue;
    tokens.push(addedToken(model.ids.get(content) ?? next++, content, { special: true }));
  }
  return tokens;
}

/** Takes away the white space beside tokens that ask for it, and joins those that must stand alone but do not. */
function applyTokenRules(texts: string[], tokens: ReadonlyMap<string, AddedToken>): void {
  for (const [index, text] of texts.entries()) {
    const token = tokens.get(text);
    if (!token) continue;
    const left = texts[index - 1];
    const right = texts[index + 1];
    if (token.rstrip && right) texts[index + 1] = right.trimStart();
    if (token.lstrip && left) texts[index - 1] = left.trimEnd();
    if (!token.singleWord) continue;
    if (left && !left.endsWith(' ')) {
      texts[index - 1] += text;
      texts[index] = '';
    } else if (right && !right.startsWith(' ')) {
      texts[index + 1] = text + texts[index + 1];
      texts[index] = '';
    }
  }
}

/**
 * A tokenizer from a SentencePiece `tokenizer.model`, which is all that liuhaotian's LLaVA checkpoints have. It does
 * what transformers' `LlamaTokenizer` (the slow one, which LLaVA asks for) does with the model, `legacy`
 * included:
 *
 * - `legacy: true` (or not given): every section between added tokens gets a space in front;
 * - `legacy: false`: only the text does.
 *
 * Decoding keeps the valid characters of broken byte runs, and puts spaces around added tokens without a role.
 *
 * @throws TOKENIZER_INVALID naming the file and the offset or field
 */
export function loadSentencePieceTokenizer(files: SentencePieceFiles): Tokenizer {
  const model = readSentencePieceModel(`${files.name}: tokenizer.model`, files.model);
  const config = readTokenizerConfig(`${files.name}: tokenizer_config.json`, files.tokenizerConfig);
  const mapFile = `${files.name}: special_tokens_map.json`;
  const textOf = (id: number) => model.pieces[id]?.text;
  const special = withDefaultRoles(readSpecialTokens(config, mapFile, files.specialTokensMap), {
    bos: textOf(model.bosId),
    eos: textOf(model.eosId),
    unk: textOf(model.unknownId),
  });
  const addedTokens = allAddedTokens(files, model, config, special);

  const legacy = config.legacy ?? true;
  const addPrefixSpace = config.add_prefix_space ?? true;
  const addDummyPrefix = legacy && model.addDummyPrefix;
  const encodePieces = sentencePieceEncoder(model, addDummyPrefix);
  const byContent = new Map(addedTokens.map((token) => [token.content, token]));
  const split = tokenSplitter(byContent.keys());
  const roles = new Set(special.all);
  const unknown = special.unk ?? '';
  const unknownPieces = encodePieces(unknown).length;

  function encodeSection(text: string): string[] {
    if (legacy || !(text.startsWith(SPACE_SYMBOL) || text.startsWith(' '))) {
      return encodePieces(text);
    }
    // transformers encodes behind the unknown token, so that a leading space is like any other.
    return encodePieces(unknown + text).slice(unknownPieces);
  }

  function tokenize(text: string): string[] {
    const respaced = text.replaceAll(SPACE_SYMBOL, ' ');
    const whole =
      legacy || text === '' ? text : addPrefixSpace ? SPACE_SYMBOL + respaced : respaced;
    const texts = split(whole).map((part) => part.text);
    applyTokenRules(texts, byContent);
    const tokens = texts.flatMap((part) => {
      if (part === '') return [];
      return byContent.has(part) ? [part] : encodeSection(part);
    });
    const prefixOnly = !legacy && tokens[0] === SPACE_SYMBOL && roles.has(tokens[1] ?? '');
    return prefixOnly ? tokens.slice(1) : tokens;
  }

  const idOf = (token: string) => byContent.get(token)?.id ?? model.ids.get(token);
  const contents = new Map(addedTokens.map((token) => [token.id, token.content]));
  const tokenOf = (id: number) => contents.get(id) ?? textOf(id);
  const separate = (token: string) =>
    byContent.has(token) &&
    (!roles.has(token) ||
      (special.additional.includes(token) && idOf(token)! >= model.pieces.length));
  const bosId = special.bos === undefined ? undefined : idOf(special.bos);
  const eosId = special.eos === undefined ? undefined : idOf(special.eos);

  function streamDecoder({ skipSpecialTokens = false }: DecodeOptions = {}): StreamDecoder {
    const answer = sentencePieceAnswer(model, {
      addDummyPrefix,
      addPrefixSpace,
      legacy,
      roles: skipSpecialTokens ? new Set() : roles,
      separate,
    });
    const output = runSteps(config.clean_up_tokenization_spaces ? [cleanUpStep()] : []);
    return {
      push(id) {
        const token = tokenOf(id);
        if (token === undefined || (skipSpecialTokens && roles.has(token))) return '';
        return output.push(answer.push(token));
      },
      end: () => output.push(answer.end()) + output.end(),
    };
  }

  return {
    encode(text, { addSpecialTokens = true } = {}) {
      const ids = tokenize(text).map((token) => idOf(token) ?? model.unknownId);
      const before = addSpecialTokens && (config.add_bos_token ?? true) ? [bosId] : [];
      const after = addSpecialTokens && (config.add_eos_token ?? false) ? [eosId] : [];
      return [...before, ...ids, ...after].filter((id) => id !== undefined);
    },
    decode: (ids, options) => decodeAll(streamDecoder(options), ids),
    streamDecoder,
    bosTokenId: bosId,
    eosTokenId: eosId,
    vocabularySize:
      model.pieces.length + [...contents.keys()].filter((id) => id >= model.pieces.length).length,
    tokenToId: idOf,
    idToToken: tokenOf,
  };
}
