import { readFile } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import type { z } from 'zod';

/** JSON files of a checkpoint above this are not configuration. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** The text of a file, or undefined when there is no such file. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_JSON_BYTES) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${path}: ${bytes.length} bytes is above the limit of ${MAX_JSON_BYTES} for a text file`,
        { path },
      );
    }
    return bytes.toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Parses JSON against a schema.
 *
 * @throws CHECKPOINT_INVALID naming the file, the field and what was expected
 */
export function parseJson<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AutopruneError(
      'CHECKPOINT_INVALID',
      `${path}: is not JSON (${(cause as Error).message})`,
      { path },
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.length > 0 ? issue.path.join('.') : 'the file';
  throw new AutopruneError('CHECKPOINT_INVALID', `${path}: ${field}: ${issue.message}`, {
    path,
    field,
  });
}
