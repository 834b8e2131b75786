import { randomUUID } from 'node:crypto';
import {
  copyFile,
  link,
  mkdir,
  readlink,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readReference } from './hub-cache.js';
import type { Storage } from './storage.js';
import { writing } from './write-failure.js';

/** What file systems and systems without symbolic links answer (FAT, Windows without developer mode, some mounts). */
const NO_SYMLINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN']);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** A second name for the content, or where even that does not exist a copy of it. */
async function duplicate(blob: string, entry: string): Promise<void> {
  try {
    await link(blob, entry);
  } catch {
    const aside = `${blob}.${randomUUID()}.copy`;
    try {
      await copyFile(blob, aside);
      await rename(aside, entry);
    } finally {
      await rm(aside, { force: true });
    }
  }
}

/** True when an entry already is what linking would make of it. */
async function isInPlace(target: string, blob: string, entry: string): Promise<boolean> {
  const linked = await readlink(entry).catch(() => undefined);
  if (linked !== undefined) return linked === target;
  const [own, content] = await Promise.all([stat(entry).catch(() => undefined), stat(blob)]);
  return own?.isFile() === true && own.size === content.size;
}

/**
 * Gives content a name in a snapshot: a relative link, so that a cache can be moved as a whole, or a copy where there
 * are no links.
 *
 * @param blob  the content, complete
 * @param entry  path in the snapshot; its folders are made
 * @throws OUTPUT_FAILED
 */
export async function linkEntry(storage: Storage, blob: string, entry: string): Promise<void> {
  await writing(entry, async () => {
    await mkdir(dirname(entry), { recursive: true });
    const target = relative(dirname(entry), blob);
    if (await isInPlace(target, blob, entry)) return;
    // A dangling link, or an entry that another tool has made differently.
    await unlink(entry).catch(() => {});
    try {
      await storage.symlink(target, entry);
    } catch (error) {
      // Another process pulls the same commit, and was faster.
      if (codeOf(error) === 'EEXIST') return;
      if (!NO_SYMLINKS.has(codeOf(error))) throw error;
      await duplicate(blob, entry);
    }
  });
}

/**
 * Writes which commit a branch or tag means, whole or not at all; leaves the file alone when it already says so, so
 * that a read-only cache that is up to date is no error.
 *
 * @param spare  a folder on the same file system outside `refs`, where all files count as branches
 * @throws OUTPUT_FAILED
 */
export async function writeReference(path: string, commit: string, spare: string): Promise<void> {
  if ((await readReference(path)) === commit) return;
  await writing(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(spare, { recursive: true });
    const aside = join(spare, `${randomUUID()}.ref`);
    try {
      await writeFile(aside, commit);
      await rename(aside, path);
    } finally {
      await rm(aside, { force: true });
    }
  });
}
