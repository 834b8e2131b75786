import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyCache } from './__fixtures__/fake-model.js';
import { lockBlob } from './blob-lock.js';
import { pause } from './pause.js';

let path: string;
beforeEach(async () => {
  path = join(await emptyCache(), 'locks', 'content.lock');
});

/** A lock file of a process that has ended. */
async function leaveStale(pid: number): Promise<void> {
  await (await lockBlob(path)).release();
  const lock = await lockBlob(path);
  const content = JSON.parse(await readFile(path, 'utf8'));
  await lock.release();
  await writeFile(path, JSON.stringify({ ...content, pid, token: 'old' }));
}

describe('a lock', () => {
  it('is held by one at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const lock = await lockBlob(path, { pollMs: 2 });
      most = Math.max(most, ++inside);
      await pause(3);
      inside--;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 20 }, work));
    expect(most).toBe(1);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('is waited for, with a sign of it, until an abort', async () => {
    const lock = await lockBlob(path);
    const controller = new AbortController();
    let looks = 0;
    const waiting = lockBlob(path, {
      pollMs: 5,
      signal: controller.signal,
      onWait: () => {
        if (++looks === 3) controller.abort();
      },
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(looks).toBe(3);
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  it('of a process that has ended is taken over at once, by one', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await leaveStale(pid);
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const lock = await lockBlob(path, { pollMs: 2 });
      most = Math.max(most, ++inside);
      await pause(2);
      inside--;
      await lock.release();
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: 10 }, work));
    expect(most).toBe(1);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, machine: 'elsewhere', token: 'x' })],
    ['of a process number that was used again', undefined],
    ['that was never written to its end', ''],
  ])('%s is taken over when it shows no life for the lease', async (_, content) => {
    await leaveStale(process.pid);
    if (content !== undefined) await writeFile(path, content);
    const started = performance.now();
    const lock = await lockBlob(path, { leaseMs: 200, pollMs: 10 });
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  it('shows life while it is held, for longer than the lease', async () => {
    const lock = await lockBlob(path, { leaseMs: 300 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1000);
    const waiting = lockBlob(path, { leaseMs: 300, pollMs: 10, signal: controller.signal });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  it('that was taken over is known to be lost, and left alone', async () => {
    const lock = await lockBlob(path);
    await writeFile(path, 'of somebody else');
    expect(await lock.isHeld()).toBe(false);
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe('of somebody else');
  });

  it('names process and machine, for people who find it', async () => {
    const lock = await lockBlob(path);
    const { pid, machine } = JSON.parse(await readFile(path, 'utf8'));
    expect(pid).toBe(process.pid);
    expect(machine).toContain(hostname());
    await lock.release();
  });

  it('that cannot be written is an error', async () => {
    const file = join(dirname(dirname(path)), 'file');
    await writeFile(file, '');
    await expect(lockBlob(join(file, 'x', 'y.lock'))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });
});
