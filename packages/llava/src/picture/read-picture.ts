import { readFile } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { type DecodeOptions, decodePicture } from './decode-picture.js';
import type { RgbPicture } from './picture.js';

function readError(path: string, error: unknown): AutopruneError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AutopruneError(
      'PICTURE_NOT_FOUND',
      `There is no file ${path}; check the path`,
      { name: path },
      { cause: error },
    );
  }
  const what = code === 'EISDIR' ? 'is a folder' : `could not be read (${code})`;
  return new AutopruneError(
    'PICTURE_UNREADABLE',
    `${path} ${what}; give a readable picture file`,
    { name: path, reason: code },
    { cause: error },
  );
}

/**
 * Reads and decodes a picture file.
 *
 * @param options  as for {@link decodePicture}; `name` is the path unless given
 * @throws PICTURE_NOT_FOUND, and all that decodePicture throws
 */
export async function readPicture(
  path: string,
  options: Partial<DecodeOptions> = {},
): Promise<RgbPicture> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw readError(path, error);
  }
  return decodePicture(bytes, { name: path, ...options });
}
