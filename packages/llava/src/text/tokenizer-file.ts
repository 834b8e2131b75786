import { z } from 'zod';
import { checkTokenizerPart, parseTokenizerJson } from './parse-json.js';
import { type AddedToken, addedTokenSchema, MAX_TOKEN_ID } from './special-tokens.js';
import { shown, tokenizerInvalid } from './tokenizer-error.js';

/** A checked `tokenizer.json`. */
export interface TokenizerFile {
  /** The whole file; every section is there, absent ones as null. */
  readonly sections: TokenizerSections;
  /** Ids of the model's own tokens. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly addedTokens: readonly AddedToken[];
}

const section = z.record(z.string(), z.unknown()).nullish();
const fileSchema = z.looseObject({
  model: z.looseObject({ type: z.string().optional(), unk_token: z.string().nullish() }),
  added_tokens: z.array(addedTokenSchema).nullish(),
  normalizer: section,
  pre_tokenizer: section,
  post_processor: section,
  decoder: section,
});

/** The sections of a `tokenizer.json`. */
type TokenizerSections = z.infer<typeof fileSchema>;

/** Vocabulary and merges by hand: a schema takes seconds for the 300 thousand entries of a large file. */
function readVocabulary(file: string, model: Record<string, unknown>): Map<string, number> {
  const { vocab } = model;
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw tokenizerInvalid(file, 'model.vocab: expected an object from token to id');
  }
  const vocabulary = new Map<string, number>();
  for (const [token, id] of Object.entries(vocab as Record<string, unknown>)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > MAX_TOKEN_ID) {
      throw tokenizerInvalid(
        file,
        `model.vocab: expected a whole number in [0, ${MAX_TOKEN_ID}] as id of ${shown(token)} but found ${shown(id)}`,
        { token, id },
      );
    }
    vocabulary.set(token, id as number);
  }
  if (vocabulary.size === 0) throw tokenizerInvalid(file, 'model.vocab: has no tokens');
  return vocabulary;
}

function mergePair(merge: unknown): readonly string[] {
  if (typeof merge === 'string') return merge.split(' ');
  return Array.isArray(merge) && merge.every((part) => typeof part === 'string') ? merge : [];
}

function checkMerges(
  file: string,
  model: Record<string, unknown>,
  vocabulary: ReadonlyMap<string, number>,
): void {
  const { merges } = model;
  if (!Array.isArray(merges)) throw tokenizerInvalid(file, 'model.merges: expected a list');
  for (const [index, merge] of merges.entries()) {
    const pair = mergePair(merge);
    if (pair.length !== 2) {
      throw tokenizerInvalid(
        file,
        `model.merges.${index}: expected two strings but found ${shown(merge)}`,
        { index },
      );
    }
    // Rust refuses such a file too; the JavaScript library would make tokens without an id.
    const unknown = [...pair, pair.join('')].find((token) => !vocabulary.has(token));
    if (unknown !== undefined) {
      throw tokenizerInvalid(
        file,
        `model.merges.${index}: ${shown(unknown)} is not in the vocabulary`,
        { index, token: unknown },
      );
    }
  }
}

/**
 * Parses and checks a `tokenizer.json` with a BPE model, which is what every LLaVA-family model has.
 *
 * @throws TOKENIZER_INVALID naming the file and the field
 */
export function readTokenizerFile(file: string, text: string): TokenizerFile {
  const sections = checkTokenizerPart(file, parseTokenizerJson(file, text), fileSchema);
  const { model } = sections;
  if (model.type !== undefined && model.type !== 'BPE') {
    throw tokenizerInvalid(file, `model.type: ${shown(model.type)} is not supported (only BPE)`, {
      type: model.type,
    });
  }
  const vocabulary = readVocabulary(file, model);
  checkMerges(file, model, vocabulary);
  const addedTokens = sections.added_tokens ?? [];
  const unknown = model.unk_token ?? undefined;
  const added = addedTokens.some(({ content }) => content === unknown);
  if (unknown !== undefined && !added && !vocabulary.has(unknown)) {
    throw tokenizerInvalid(file, `model.unk_token: ${shown(unknown)} is not in the vocabulary`, {
      token: unknown,
    });
  }
  return { sections, vocabulary, addedTokens };
}
