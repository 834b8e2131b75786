import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { pause } from './pause.js';
import { writing } from './write-failure.js';

/** The right to write one piece of content. */
export interface BlobLock {
  /** False when another process has taken over, as it may after this one was stopped for longer than the lease. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** Options of {@link lockBlob}. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called at every look while another process holds the lock. */
  readonly onWait?: () => void | Promise<void>;
  /** A holder that has not shown itself for so long is gone. Default 30 s. */
  readonly leaseMs?: number;
  /** Time between two looks. Default 250 ms. */
  readonly pollMs?: number;
}

/** Shows of life per lease: some may come late on a busy machine. */
const BEATS_PER_LEASE = 6;

/** Where process ids mean the same: a host, and on Linux a container in it. */
const MACHINE = `${hostname()} ${pidNamespace()}`;

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** True when the lock's owner is known to have ended. */
function isDead(content: string): boolean {
  try {
    const { machine, pid } = JSON.parse(content) as { machine?: unknown; pid?: unknown };
    if (machine !== MACHINE || typeof pid !== 'number') return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Anything else, as a lock that is being written or another user's process, is decided by the lease.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes a stale lock, and only that one: another process may have done so already and hold a new one. A guard keeps
 * those who saw the same stale lock apart while they look once more.
 *
 * @returns false when another process is at it
 */
async function removeStale(path: string, seen: string, leaseMs: number): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await create(guard, ''))) {
    const age = Date.now() - ((await stat(guard).catch(() => undefined))?.mtimeMs ?? Date.now());
    // Its owner was killed within the two steps below.
    if (age > leaseMs) await unlink(guard).catch(() => {});
    return false;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === seen) await unlink(path);
    return true;
  } finally {
    await unlink(guard).catch(() => {});
  }
}

/** Watches a lock that another process holds, by its own clock: those of two machines may differ. */
class Holder {
  #mark = '';
  #since = performance.now();

  constructor(private readonly leaseMs: number) {}

  /** The content of a lock whose owner is gone; undefined while it lives or when there is no lock. */
  async staleContent(path: string): Promise<string | undefined> {
    try {
      const [content, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      const mark = `${mtimeMs} ${content}`;
      if (mark !== this.#mark) {
        this.#mark = mark;
        this.#since = performance.now();
      }
      const stale = isDead(content) || performance.now() - this.#since > this.leaseMs;
      return stale ? content : undefined;
    } catch {
      return undefined;
    }
  }
}

/**
 * Waits for the right to write one piece of content. Its file names the owner's process; the lock is stale when that
 * process has ended, or when the file has not been touched for the lease, which covers other machines and process ids
 * that were used again.
 *
 * Python's tools lock with flock, which Node does not have: a pull beside one of theirs is not kept apart from it.
 * Both write the same bytes to the same places, and the checksum decides.
 *
 * @param path  the lock file
 * @throws OUTPUT_FAILED when it cannot be written, or the signal's reason
 */
export async function lockBlob(path: string, options: LockOptions = {}): Promise<BlobLock> {
  const { signal, onWait, leaseMs = 30_000, pollMs = 250 } = options;
  const content = JSON.stringify({ pid: process.pid, machine: MACHINE, token: randomUUID() });
  const holder = new Holder(leaseMs);
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  while (!(await create(path, content))) {
    const stale = await holder.staleContent(path);
    if (stale !== undefined && (await removeStale(path, stale, leaseMs))) continue;
    await onWait?.();
    await pause(pollMs, signal);
  }
  const heart = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, leaseMs / BEATS_PER_LEASE);
  heart.unref();
  const isHeld = async (): Promise<boolean> =>
    (await readFile(path, 'utf8').catch(() => '')) === content;
  return {
    isHeld,
    async release() {
      clearInterval(heart);
      if (await isHeld()) await unlink(path).catch(() => {});
    },
  };
}

async function create(path: string, content: string): Promise<boolean> {
  return writing(path, async () => {
    try {
      await writeFile(path, content, { flag: 'wx' });
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Windows answers EPERM for a lock that is being removed at this moment.
      if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
      if (code === 'ENOSPC') await unlink(path).catch(() => {});
      throw error;
    }
  });
}
