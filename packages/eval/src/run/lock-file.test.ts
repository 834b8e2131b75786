import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFile } from './lock-file.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'autoprune-lock-')), 'answers.jsonl');
const leaveLock = (path: string, owner: object): void =>
  writeFileSync(`${path}.lock`, JSON.stringify({ token: 'left', host: hostname(), ...owner }));

describe('lockFile', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    const path = newPath();
    {
      await using _first = await lockFile(path);
      await expect(lockFile(path)).rejects.toMatchObject({
        code: 'RUN_BUSY',
        details: { pid: process.pid },
      });
    }
    await using _again = await lockFile(path);
    expect(readdirSync(dirname(path))).toEqual(['answers.jsonl.lock']);
  });

  it('takes over the lock of a process that is gone', async () => {
    const path = newPath();
    const { pid } = spawnSync(process.execPath, ['--version']);
    leaveLock(path, { pid });
    await (await lockFile(path))[Symbol.asyncDispose]();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('takes over a lock of an earlier process that had our own id', async () => {
    const path = newPath();
    leaveLock(path, { pid: process.pid });
    await using _lock = await lockFile(path);
    await expect(lockFile(path)).rejects.toMatchObject({ code: 'RUN_BUSY' });
  });

  it('leaves the lock of a living process and of another machine alone', async () => {
    for (const owner of [{ pid: process.ppid }, { pid: 1, host: 'elsewhere' }]) {
      const path = newPath();
      leaveLock(path, owner);
      await expect(lockFile(path)).rejects.toMatchObject({ code: 'RUN_BUSY', details: owner });
    }
  });

  it('goes to one of several that find the lock of a dead process', async () => {
    for (let round = 0; round < 20; round++) {
      const path = newPath();
      leaveLock(path, { pid: process.pid });
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
      const taken = tries.filter((one) => one.status === 'fulfilled');
      expect(taken).toHaveLength(1);
      expect(readdirSync(dirname(path))).toEqual(['answers.jsonl.lock']);
      await taken[0]!.value[Symbol.asyncDispose]();
    }
  });

  it('goes on where a process died while it took a lock over', async () => {
    const path = newPath();
    const { pid } = spawnSync(process.execPath, ['--version']);
    leaveLock(path, { pid });
    const claim = { token: 'claimed', host: hostname(), pid };
    writeFileSync(`${path}.lock.after-left`, JSON.stringify(claim));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(dirname(path))).toEqual(['answers.jsonl.lock']);
  });
});
