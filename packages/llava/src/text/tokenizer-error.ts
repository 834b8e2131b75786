import { AutopruneError } from '@autoprune/core';

/**
 * The error of every tokenizer file that can not be used.
 *
 * @param file  the file, as the caller knows it
 * @param problem  what is wrong with it, without a full stop
 */
export function tokenizerInvalid(
  file: string,
  problem: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): AutopruneError {
  return new AutopruneError(
    'TOKENIZER_INVALID',
    `${file}: ${problem}`,
    { file, ...details },
    cause === undefined ? undefined : { cause },
  );
}

/** A value of a file for a message, however large or deep it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
}
