import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Question } from '../benchmark.js';

/** SHA-256 of a file, hexadecimal; of one that is not there a fixed text, because its question will fail by itself. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch {
    return 'not readable';
  }
  return hash.digest('hex');
}

/**
 * Hash of what the pictures of a run hold, so that a picture that was replaced under the same name makes another run.
 * Pictures are read one after the other, each file once.
 *
 * @param pictureFolder  folder of the pictures that questions name
 * @param others  paths of further pictures, as those of examples
 * @returns SHA-256, hexadecimal
 */
export async function hashPictures(
  questions: readonly Question[],
  pictureFolder: string,
  others: readonly string[] = [],
): Promise<string> {
  const whole = createHash('sha256');
  const seen = new Set<string>();
  const addFile = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    whole.update(`${await hashFile(path)}\n`);
  };
  for (const { images } of questions) {
    for (const image of images) {
      if (typeof image === 'string') await addFile(join(pictureFolder, image));
      else
        whole.update(
          `${createHash('sha256')
            .update(await image())
            .digest('hex')}\n`,
        );
    }
  }
  for (const path of others) await addFile(path);
  return whole.digest('hex');
}
