import { z } from 'zod';
import { parseTokenizerPart } from './parse-json.js';

/** A token that is found in the text before any merging. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out by `skipSpecialTokens`. */
  readonly special: boolean;
  /** Takes the white space before it away. */
  readonly lstrip: boolean;
  /** Takes the white space after it away. */
  readonly rstrip: boolean;
  /** Found only where no word continues. */
  readonly singleWord: boolean;
  /** Found in the normalized text, not in the text as given. */
  readonly normalized: boolean;
}

/** Largest id that is believed: the largest vocabularies have some 260 thousand tokens. */
export const MAX_TOKEN_ID = 2 ** 22;

const flags = {
  special: z.boolean().optional(),
  lstrip: z.boolean().optional(),
  rstrip: z.boolean().optional(),
  single_word: z.boolean().optional(),
  normalized: z.boolean().optional(),
};
const tokenId = z.number().int().min(0).max(MAX_TOKEN_ID);
const storedToken = z.object({ content: z.string().min(1), ...flags });

/** An entry of `added_tokens` in a tokenizer.json. */
export const addedTokenSchema = storedToken
  .extend({ id: tokenId })
  .transform((entry) => addedToken(entry.id, entry.content, entry));

/** `"<s>"` or `{ "content": "<s>", … }`; both are in use. */
const named = z.union([z.string(), storedToken.transform((entry) => entry.content)]);
const names = {
  bos_token: named.nullish(),
  eos_token: named.nullish(),
  unk_token: named.nullish(),
  sep_token: named.nullish(),
  pad_token: named.nullish(),
  cls_token: named.nullish(),
  mask_token: named.nullish(),
  additional_special_tokens: z.array(named).nullish(),
};
const mapSchema = z.object(names);
const configSchema = z.object({
  ...names,
  tokenizer_class: z.string().nullish(),
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  add_prefix_space: z.boolean().nullish(),
  legacy: z.boolean().nullish(),
  clean_up_tokenization_spaces: z.boolean().nullish(),
  added_tokens_decoder: z.record(z.string().regex(/^\d{1,7}$/), storedToken).nullish(),
});

/** What is used of a `tokenizer_config.json`. */
export type TokenizerConfig = z.infer<typeof configSchema>;

/** Tokens with a role, by their text. */
export interface SpecialTokens {
  readonly bos: string | undefined;
  readonly eos: string | undefined;
  readonly unk: string | undefined;
  /** Every token with a role, in transformers' order, without repeats. */
  readonly all: readonly string[];
  readonly additional: readonly string[];
}

/** Fills in what files leave out. `normalized` is by default the opposite of `special`, as in Rust's tokenizers. */
export function addedToken(
  id: number,
  content: string,
  entry: z.infer<z.ZodObject<typeof flags>> = {},
): AddedToken {
  const special = entry.special ?? false;
  return {
    id,
    content,
    special,
    lstrip: entry.lstrip ?? false,
    rstrip: entry.rstrip ?? false,
    singleWord: entry.single_word ?? false,
    normalized: entry.normalized ?? !special,
  };
}

/** Reads a `tokenizer_config.json`; {} when there is none. */
export function readTokenizerConfig(file: string, text: string | undefined): TokenizerConfig {
  return text === undefined ? {} : parseTokenizerPart(file, text, configSchema);
}

/** `added_tokens_decoder` of a configuration, by ascending id. */
export function configuredTokens(config: TokenizerConfig): AddedToken[] {
  return Object.entries(config.added_tokens_decoder ?? {})
    .map(([id, entry]) => addedToken(Number(id), entry.content, entry))
    .sort((a, b) => a.id - b.id);
}

/**
 * The tokens with a role. As in transformers, `special_tokens_map.json` overrides `tokenizer_config.json` only
 * where the latter is of the old kind without `added_tokens_decoder`.
 */
export function readSpecialTokens(
  config: TokenizerConfig,
  mapFile: string,
  mapText: string | undefined,
): SpecialTokens {
  const map = mapText === undefined ? {} : parseTokenizerPart(mapFile, mapText, mapSchema);
  const merged = config.added_tokens_decoder ? { ...map, ...config } : { ...config, ...map };
  const roles = [
    merged.bos_token,
    merged.eos_token,
    merged.unk_token,
    merged.sep_token,
    merged.pad_token,
    merged.cls_token,
    merged.mask_token,
  ];
  const additional = merged.additional_special_tokens ?? [];
  return {
    bos: merged.bos_token ?? undefined,
    eos: merged.eos_token ?? undefined,
    unk: merged.unk_token ?? undefined,
    all: [...new Set([...roles, ...additional].filter((token) => token != null))],
    additional,
  };
}

/** Fills in roles that no file names, as the constructor of a tokenizer class does. */
export function withDefaultRoles(
  special: SpecialTokens,
  defaults: Partial<Record<'bos' | 'eos' | 'unk', string | undefined>>,
): SpecialTokens {
  const bos = special.bos ?? defaults.bos;
  const eos = special.eos ?? defaults.eos;
  const unk = special.unk ?? defaults.unk;
  const roles = [bos, eos, unk].filter((token) => token !== undefined);
  return { ...special, bos, eos, unk, all: [...new Set([...roles, ...special.all])] };
}
