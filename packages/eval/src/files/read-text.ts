import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AutopruneError } from '@autoprune/core';

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The bytes of a file, unpacked when they begin as gzip does, whatever the name. */
export async function openBytes(path: string): Promise<Readable> {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!(await isGzip(path))) return raw;
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}

/** What went wrong when reading `path`, as one line. */
function readFailure(path: string, cause: unknown): unknown {
  if (AutopruneError.isInstance(cause)) return cause;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    Z_BUF_ERROR: 'the gzip data ends too early; copy or download the file again',
    Z_DATA_ERROR: 'the gzip data is damaged; copy or download the file again',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8; convert the file',
    EISDIR: 'is a folder where a file is needed',
    ENOENT: 'there is no such file',
    EACCES: 'there is no permission to read it',
  };
  return new AutopruneError(
    'DATA_INVALID',
    `${path}: ${reasons[code] ?? message}`,
    { path, code },
    { cause },
  );
}

/**
 * The text of a file in parts: UTF-8, strictly, without a byte-order mark.
 *
 * @throws DATA_INVALID naming the file, when it is not UTF-8 or its gzip data is damaged
 */
export async function* textParts(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of await openBytes(path)) {
      yield decoder.decode(chunk as Uint8Array, { stream: true });
    }
    yield decoder.decode();
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** The whole text of a file; see {@link textParts}. */
export async function readText(path: string): Promise<string> {
  const parts: string[] = [];
  for await (const part of textParts(path)) parts.push(part);
  return parts.join('');
}

/**
 * The lines of a file as Python's text mode sees them: split at `\n`, `\r\n` and `\r`, and at nothing else. They
 * come in groups, one a part of the file, because a generator step a line costs more than the line.
 */
export async function* lineGroups(path: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  for await (const part of textParts(path)) {
    let text = rest + part;
    // A \r at the end may be half of \r\n.
    const open = text.endsWith('\r') ? '\r' : '';
    if (open) text = text.slice(0, -1);
    const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
    rest = lines.pop()! + open;
    yield lines;
  }
  const last = rest.replace(/\r$/, '');
  if (last !== '') yield [last];
}

/** All lines of a file; see {@link lineGroups}. */
export async function readLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const group of lineGroups(path)) for (const line of group) lines.push(line);
  return lines;
}
