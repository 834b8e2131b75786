import { readFile, stat } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import type { z } from 'zod';

/** Files of a checkpoint above this are neither configuration nor a tokenizer. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** The bytes of a small file, or undefined when there is no such file. */
export async function readBytesIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${path}: ${size} bytes is above the limit of ${MAX_FILE_BYTES} for such a file`,
        { path },
      );
    }
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The text of a small file, or undefined when there is no such file. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  return (await readBytesIfPresent(path))?.toString('utf8');
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
