import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';

const ownerSchema = z.object({ pid: z.int(), host: z.string(), token: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/** Tokens of the locks that this process holds: after a restart a dead owner may have had our process id. */
const held = new Set<string>();

const hasCode = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException).code === code;

/** Reads the owner of a lock; undefined when it is gone, or is no lock of ours. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return { pid: 0, host: 'unknown', token: '' };
  }
}

/** Whether the owner may still be at work; of another machine nobody here can tell. */
function mayBeAlive({ pid, host, token }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/** Takes the lock of a dead owner away. Of several processes that find it, one succeeds. */
async function removeLock(path: string, owner: Owner): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readOwner(aside);
  // Somebody else was faster and this is already the new lock: back with it.
  if (moved && moved.token !== owner.token) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/**
 * Keeps a file for this process until disposed. A lock whose owner was killed on this machine is taken over.
 *
 * @param path  the file that is written; the lock is `<path>.lock`
 * @throws RUN_BUSY naming the process that has it
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const lock = `${path}.lock`;
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
  const prepared = `${lock}.${owner.token}`;
  await writeFile(prepared, JSON.stringify(owner));
  try {
    for (;;) {
      // A link is there whole or not at all, and is never made twice.
      const isOurs = await link(prepared, lock).then(
        () => true,
        (error: unknown) => {
          if (hasCode(error, 'EEXIST')) return false;
          throw error;
        },
      );
      if (isOurs) break;
      const other = await readOwner(lock);
      if (other && mayBeAlive(other)) {
        throw new AutopruneError(
          'RUN_BUSY',
          `${path}: process ${other.pid} on ${other.host} is writing it; wait for it, give another --out, or remove ${lock} if that process is gone`,
          { path, lock, pid: other.pid, host: other.host },
        );
      }
      if (other) await removeLock(lock, other);
    }
  } finally {
    await rm(prepared, { force: true });
  }
  held.add(owner.token);
  return {
    [Symbol.asyncDispose]: async () => {
      held.delete(owner.token);
      if ((await readOwner(lock))?.token === owner.token) await rm(lock, { force: true });
    },
  };
}
