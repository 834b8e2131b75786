import type { z } from 'zod';
import { tokenizerInvalid } from './tokenizer-error.js';

/**
 * Largest text that is parsed: the longest published tokenizer.json (260 thousand tokens) has some 35 million
 * characters.
 */
const MAX_CHARACTERS = 128 * 1024 * 1024;

/**
 * Parses the JSON of a tokenizer file.
 *
 * @throws TOKENIZER_INVALID naming the file and where it breaks off
 */
export function parseTokenizerJson(file: string, text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw tokenizerInvalid(
      file,
      `has ${text.length} characters, above the limit of ${MAX_CHARACTERS} for a tokenizer file`,
      { characters: text.length, limit: MAX_CHARACTERS },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw tokenizerInvalid(file, `is not JSON (${(cause as Error).message})`, {}, cause);
  }
}

/**
 * Checks a parsed value against a schema.
 *
 * @throws TOKENIZER_INVALID naming the file, the field and what was expected
 */
export function checkTokenizerPart<T>(file: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.') || 'the file';
  throw tokenizerInvalid(file, `${field}: ${issue.message}`, { field });
}

/** {@link parseTokenizerJson}, then {@link checkTokenizerPart}. */
export function parseTokenizerPart<T>(file: string, text: string, schema: z.ZodType<T>): T {
  return checkTokenizerPart(file, parseTokenizerJson(file, text), schema);
}
