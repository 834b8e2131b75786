import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AutopruneError } from '@autoprune/core';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or write elsewhere',
  EROFS: 'the file system is read-only; write elsewhere',
  EACCES: 'there is no permission to write there; write elsewhere',
  EPERM: 'there is no permission to write there; write elsewhere',
  EISDIR: 'it is a folder; give a file name',
  ENOENT: 'its folder does not exist; create it first',
  ENOTDIR: 'a part of its path is not a folder; give another path',
};

/** What went wrong when writing `path`, as one line. */
export function writeFailure(path: string, cause: unknown): AutopruneError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new AutopruneError(
    'OUTPUT_FAILED',
    `${path} could not be written: ${REASONS[code] ?? message}`,
    { path, code },
    { cause },
  );
}

/** A name beside `path` for what is not finished. */
const temporaryName = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);

/** Has `write` make a file under a temporary name, or write to a device or pipe directly. */
async function writeThrough(path: string, write: (target: string) => Promise<void>): Promise<void> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing && !existing.isFile()) {
      await write(path);
      return;
    }
    const temporary = temporaryName(path);
    try {
      await write(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (cause) {
    throw writeFailure(path, cause);
  }
}

/**
 * Writes a file whole: under a temporary name, then renamed, so that nobody ever reads half of it. Devices and
 * pipes are written to directly.
 *
 * @throws OUTPUT_FAILED naming the path and the reason
 */
export function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  return writeThrough(path, (target) => writeFile(target, content));
}

/**
 * Writes lines to a file as {@link writeWhole} does, without holding them all.
 *
 * @throws OUTPUT_FAILED naming the path and the reason
 */
export function writeLinesWhole(path: string, lines: Iterable<string>): Promise<void> {
  return writeThrough(path, (target) =>
    pipeline(Readable.from(chunksOf(lines)), createWriteStream(target)),
  );
}

const CHUNK_CHARACTERS = 1 << 20;

/** Lines joined to pieces worth a write. */
function* chunksOf(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/**
 * Finds out before long work whether a file can be written later.
 *
 * @throws OUTPUT_FAILED
 */
export async function requireWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw writeFailure(path, { code: 'EISDIR' });
  if (existing && !existing.isFile()) return;
  const probe = temporaryName(path);
  try {
    await writeFile(probe, '');
  } catch (cause) {
    throw writeFailure(path, cause);
  } finally {
    await rm(probe, { force: true });
  }
}
