import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { huggingFaceHome } from './cache-folder.js';
import { absolutePath, type Environment, isYes, variable } from './environment.js';

/** Tokens have about 40 characters; a longer file is not a token. */
const MAX_TOKEN_LENGTH = 4096;

/** The beginning of a text file; undefined where there is none, or none that may be read. */
async function readShort(path: string): Promise<string | undefined> {
  try {
    await using handle = await open(path, 'r');
    const buffer = Buffer.alloc(MAX_TOKEN_LENGTH + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead).trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a token that cannot be sent as a header; its value is never shown.
 *
 * @throws ARGUMENT_INVALID naming where the token came from
 */
export function requireToken(token: string, source: string): string {
  const trimmed = token.trim();
  if (trimmed.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new AutopruneError(
    'ARGUMENT_INVALID',
    `The hub token from ${source} (${trimmed.length} characters) is not one word of at most ${MAX_TOKEN_LENGTH} plain characters; copy it again from the hub's settings page`,
    { source, length: trimmed.length },
  );
}

/**
 * The user's token for the hub: `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`, else the file that `HF_TOKEN_PATH` names,
 * else `token` in the hub's home folder, where `hf auth login` writes it. None with `HF_HUB_DISABLE_IMPLICIT_TOKEN`,
 * which asks that a token is only sent when a program gives it.
 *
 * @throws ARGUMENT_INVALID when it cannot be a token
 */
export async function hubToken(env: Environment = process.env): Promise<string | undefined> {
  if (isYes(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const value = variable(env, name);
    if (value) return requireToken(value, name);
  }
  const named = variable(env, 'HF_TOKEN_PATH');
  const path = named ? absolutePath(env, named) : join(huggingFaceHome(env), 'token');
  const stored = await readShort(path);
  return stored === undefined ? undefined : requireToken(stored, path);
}
