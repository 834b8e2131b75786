import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A fingerprint of a checkpoint's folder: its small files by content, its weights by name and size.
 */
export async function checkpointRevision(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const { size } = await stat(path);
    hash.update(`${name} ${size}\n`);
    if (name.endsWith('.json')) hash.update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
