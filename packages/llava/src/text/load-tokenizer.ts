import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { cleanUpStep } from './clean-up-step.js';
import { runSteps } from './decoder-step.js';
import {
  type AddedToken,
  addedToken,
  configuredTokens,
  readSpecialTokens,
  readTokenizerConfig,
  type SpecialTokens,
  type TokenizerConfig,
  withDefaultRoles,
} from './special-tokens.js';
import { decodeAll, type StreamDecoder } from './stream-decoder.js';
import { decoderSteps } from './token-decoder.js';
import type { DecodeOptions, Tokenizer } from './tokenizer.js';
import { shown, tokenizerInvalid } from './tokenizer-error.js';
import { readTokenizerFile, type TokenizerFile } from './tokenizer-file.js';

/** Texts of a checkpoint's tokenizer files. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly tokenizerJson: string;
  /** `tokenizer_config.json` */
  readonly tokenizerConfig?: string | undefined;
  /** `special_tokens_map.json` */
  readonly specialTokensMap?: string | undefined;
  /** What the checkpoint is called in errors: its folder or id. */
  readonly name: string;
}

/** Added tokens of the file, then those that only the configuration knows, as transformers adds them. */
function allAddedTokens(
  file: TokenizerFile,
  config: TokenizerConfig,
  special: SpecialTokens,
): AddedToken[] {
  const tokens = [...file.addedTokens];
  const known = new Set(tokens.map((token) => token.content));
  let next = 0;
  for (const id of file.vocabulary.values()) next = Math.max(next, id + 1);
  for (const { id } of tokens) next = Math.max(next, id + 1);
  const wanted = [
    ...configuredTokens(config),
    ...special.all.map((content) => addedToken(-1, content, { special: true })),
  ];
  for (const token of wanted) {
    if (known.has(token.content)) continue;
    known.add(token.content);
    tokens.push({ ...token, id: file.vocabulary.get(token.content) ?? next++ });
  }
  return tokens;
}

const LLAMA_ROLES = { bos: '<s>', eos: '</s>', unk: '<unk>' };

function isLlama(config: TokenizerConfig): boolean {
  return config.tokenizer_class?.startsWith('LlamaTokenizer') ?? false;
}

/** LlamaTokenizerFast builds its post-processor from the configuration, whatever the file says. */
function postProcessor(
  file: TokenizerFile,
  config: TokenizerConfig,
  { bos, eos }: SpecialTokens,
): unknown {
  if (!isLlama(config)) return file.sections.post_processor ?? null;
  const special = (token: string | undefined, wanted: boolean) =>
    token !== undefined && wanted ? [{ SpecialToken: { id: token, type_id: 0 } }] : [];
  const single = [
    ...special(bos, config.add_bos_token ?? true),
    { Sequence: { id: 'A', type_id: 0 } },
    ...special(eos, config.add_eos_token ?? false),
  ];
  return { type: 'TemplateProcessing', single, pair: single };
}

/** The library's encoder; its exceptions on odd files (a TypeError, say) become ours. */
function makeEncoder(
  fileName: string,
  file: TokenizerFile,
  addedTokens: readonly AddedToken[],
  processor: unknown,
): (text: string, addSpecialTokens: boolean) => number[] {
  const sections = {
    ...file.sections,
    model: { type: 'BPE', ...file.sections.model },
    normalizer: file.sections.normalizer ?? null,
    pre_tokenizer: file.sections.pre_tokenizer ?? null,
    post_processor: processor,
    // Decoding is ours.
    decoder: null,
    added_tokens: addedTokens,
  };
  const guard = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      throw tokenizerInvalid(fileName, (cause as Error).message, {}, cause);
    }
  };
  const library = guard(() => new LibraryTokenizer(sections, {}));
  const encode = (text: string, addSpecialTokens: boolean) =>
    guard(() => library.encode(text, { add_special_tokens: addSpecialTokens }).ids);
  // A post-processor may name a token that does not exist, which only shows in use.
  if (![...encode('a b', true), ...encode('', true)].every(Number.isInteger)) {
    throw tokenizerInvalid(fileName, 'post_processor: adds a token that is not in the vocabulary');
  }
  return encode;
}

/**
 * A tokenizer from a `tokenizer.json`: encoding by @huggingface/tokenizers, decoding as the Rust library does it,
 * which the JavaScript one does not for bytes that are not valid UTF-8.
 *
 * @throws TOKENIZER_INVALID naming the file and the field
 */
export function loadTokenizer(files: TokenizerFiles): Tokenizer {
  const fileName = `${files.name}: tokenizer.json`;
  const file = readTokenizerFile(fileName, files.tokenizerJson);
  const config = readTokenizerConfig(`${files.name}: tokenizer_config.json`, files.tokenizerConfig);
  const mapFile = `${files.name}: special_tokens_map.json`;
  const named = readSpecialTokens(config, mapFile, files.specialTokensMap);
  const special = isLlama(config) ? withDefaultRoles(named, LLAMA_ROLES) : named;

  const addedTokens = allAddedTokens(file, config, special);
  const alone = addedTokens.find((token) => token.singleWord);
  if (alone) {
    // The library takes such a token for any other, which would give wrong ids without a word.
    throw tokenizerInvalid(
      fileName,
      `added token ${shown(alone.content)} is single_word, which is not supported`,
      { token: alone.content },
    );
  }
  const steps = decoderSteps(fileName, file.sections.decoder);
  if (config.clean_up_tokenization_spaces) steps.push(cleanUpStep);
  const encode = makeEncoder(fileName, file, addedTokens, postProcessor(file, config, special));

  const ids = new Map(file.vocabulary);
  for (const token of addedTokens) ids.set(token.content, token.id);
  const tokens = new Map(Array.from(file.vocabulary, ([token, id]) => [id, token]));
  for (const token of addedTokens) tokens.set(token.id, token.content);
  const skipped = new Set(addedTokens.filter((one) => one.special).map((one) => one.content));

  function streamDecoder({ skipSpecialTokens = false }: DecodeOptions = {}): StreamDecoder {
    const decoder = runSteps(steps.map((make) => make()));
    return {
      push(id) {
        const token = tokens.get(id);
        if (token === undefined || (skipSpecialTokens && skipped.has(token))) return '';
        return decoder.push(token);
      },
      end: decoder.end,
    };
  }

  return {
    encode: (text, { addSpecialTokens = true } = {}) => encode(text, addSpecialTokens),
    decode: (list, options) => decodeAll(streamDecoder(options), list),
    streamDecoder,
    bosTokenId: special.bos === undefined ? undefined : ids.get(special.bos),
    eosTokenId: special.eos === undefined ? undefined : ids.get(special.eos),
    vocabularySize: tokens.size,
    tokenToId: (token) => ids.get(token),
    idToToken: (id) => tokens.get(id),
  };
}
