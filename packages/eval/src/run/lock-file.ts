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

/** Makes a link, which is there whole or not at all and is never made twice; false where there is a file already. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function busy(path: string, lock: string, { pid, host }: Owner): AutopruneError {
  return new AutopruneError(
    'RUN_BUSY',
    `${path}: process ${pid} on ${host} is writing it; wait for it, give another --out, or remove ${lock} if that process is gone`,
    { path, lock, pid, host },
  );
}

/**
 * The right to replace the lock of a dead owner: a claim that only one can have, named after the owner that it follows. The
 * claim of a process that died over it is followed in the same way.
 *
 * @returns the claims to remove once the lock is replaced; undefined where another has just done that
 */
async function claimAfter(
  path: string,
  lock: string,
  dead: Owner,
  prepared: string,
): Promise<string[] | undefined> {
  const claim = `${lock}.after-${dead.token}`;
  if (await linked(prepared, claim)) return [claim];
  const claimant = await readOwner(claim);
  if (!claimant) return undefined;
  if (mayBeAlive(claimant)) throw busy(path, lock, claimant);
  const later = await claimAfter(path, lock, claimant, prepared);
  return later && [claim, ...later];
}

/** Puts the prepared lock in the place of a dead owner's; false where another was faster. */
async function takeOver(
  path: string,
  lock: string,
  dead: Owner,
  prepared: string,
): Promise<boolean> {
  const claims = await claimAfter(path, lock, dead, prepared);
  if (!claims) return false;
  try {
    // A claim may have been made and removed since the lock was read.
    if ((await readOwner(lock))?.token !== dead.token) return false;
    await rename(prepared, lock);
    return true;
  } finally {
    for (const claim of claims) await rm(claim, { force: true });
  }
}

async function acquire(path: string, lock: string, prepared: string): Promise<void> {
  for (;;) {
    if (await linked(prepared, lock)) return;
    const other = await readOwner(lock);
    if (!other) continue;
    if (mayBeAlive(other)) throw busy(path, lock, other);
    if (await takeOver(path, lock, other, prepared)) return;
  }
}

/**
 * Keeps a file for this process until disposed. A lock whose owner was killed on this machine is taken over, by one of
 * those that find it.
 *
 * @param path  the file that is written; the lock is `<path>.lock`
 * @throws RUN_BUSY naming the process that has it
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const lock = `${path}.lock`;
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
  const prepared = `${lock}.${owner.token}`;
  held.add(owner.token);
  try {
    await writeFile(prepared, JSON.stringify(owner));
    await acquire(path, lock, prepared);
  } catch (error) {
    held.delete(owner.token);
    throw error;
  } finally {
    await rm(prepared, { force: true });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      if ((await readOwner(lock))?.token === owner.token) await rm(lock, { force: true });
      held.delete(owner.token);
    },
  };
}
