import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { etagOf, type FakeHub } from '@autoprune/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  emptyCache,
  FILES,
  hubWithModel,
  layoutProblems,
  MODEL,
  quickly,
} from './__fixtures__/fake-model.js';
import { repositoryFolder, snapshotFiles } from './hub-cache.js';
import { pullModel } from './pull-model.js';
import { resolveHubModel } from './resolve-hub-model.js';
import { type Storage, systemStorage } from './storage.js';

const SHARD = 'model-00001-of-00002.safetensors';
const shard = FILES[SHARD]!;

let hub: FakeHub;
let commit: string;
let cache: string;

beforeEach(async () => {
  ({ hub, commit } = await hubWithModel());
  cache = await emptyCache();
});
afterEach(() => hub[Symbol.asyncDispose]());

const pull = (storage: Partial<Storage> = {}) =>
  pullModel(MODEL, { ...quickly(hub, cache), storage: { ...systemStorage, ...storage } });

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Mounts over the cache until the test ends; false where that is not allowed. */
function mount(...args: string[]): boolean {
  const folder = cache;
  try {
    execFileSync('mount', [...args, folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }));
  return true;
}

describe('a full disk', () => {
  it('is refused before the download, with both numbers', async () => {
    await expect(pull({ freeBytes: async () => 1000 })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(
        /^test-org\/tiny-model: 270 kB \(270\d\d\d bytes\) .* 1\.00 kB \(1000 bytes\) free; .*HF_HUB_CACHE/,
      ),
    });
    expect(hub.downloads).toEqual([]);
  });

  it('is measured by what has still to come', async () => {
    const asked = hub.fault;
    hub.fault = ({ server, file, start }) =>
      server === 'content' && file === SHARD
        ? start === 0
          ? { kind: 'short', after: 150_000 }
          : { kind: 'drop' }
        : undefined;
    await expect(pull()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    hub.fault = asked;
    await expect(pull({ freeBytes: async () => 100_000 })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
    await pull({ freeBytes: async () => 121_000 });
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('does not matter when everything is there, or when its size is not known', async () => {
    await pull({ freeBytes: async () => undefined });
    await pull({ freeBytes: async () => 0 });
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('in the middle keeps what was written, and the next pull goes on', async () => {
    let left = 50_000;
    const openPartial: Storage['openPartial'] = async (path, flags) => {
      const handle = await systemStorage.openPartial(path, flags);
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>;
      handle.write = (async (bytes: Uint8Array, from: number, length: number, at: number) => {
        if (left <= 0) throw failure('ENOSPC');
        const some = Math.min(length, left);
        left -= some;
        return write(bytes, from, some, at);
      }) as typeof handle.write;
      return handle;
    };
    await expect(pull({ openPartial })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(
        /incomplete could not be written: the disk is full; .*goes on/,
      ),
    });
    const partial = `${repositoryFolder(cache, MODEL)}/blobs/${etagOf(shard, true)}.incomplete`;
    const { size } = await stat(partial);
    expect(size).toBeGreaterThan(40_000);
    hub.reset();
    await pull();
    expect(hub.downloads.filter(({ server }) => server === 'content')[0]!.start).toBe(size);
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('of 128 kB is noticed, before and during the download', async (context) => {
    if (!mount('-t', 'tmpfs', '-o', 'size=128k', 'tmpfs')) context.skip();
    await expect(pull()).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(/have still to be downloaded, but .* free/),
    });
    await expect(pull({ freeBytes: async () => undefined })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining('the disk is full'),
    });
    execFileSync('mount', ['-o', 'remount,size=4m', cache]);
    await pull();
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });
});

describe('a cache that cannot be written', () => {
  const refused = {
    code: 'OUTPUT_FAILED',
    message: expect.stringMatching(/could not be written: .*set HF_HUB_CACHE to a folder/),
  };

  it('is an error before the download', async () => {
    await writeFile(join(cache, 'models--test-org--tiny-model'), '');
    await expect(pull()).rejects.toMatchObject(refused);
    expect(hub.downloads).toEqual([]);
  });

  it.each(['EROFS', 'EACCES', 'EPERM'])('says so for %s', async (code) => {
    const openPartial = async (): Promise<never> => {
      throw failure(code);
    };
    await expect(pull({ openPartial })).rejects.toMatchObject(refused);
  });

  it('is read all the same', async (context) => {
    await pull();
    // Without rights of the administrator the mode is enough.
    await chmod(cache, 0o555);
    onTestFinished(() => chmod(cache, 0o755).catch(() => {}));
    const writable = await mkdir(join(cache, 'probe')).then(
      () => true,
      () => false,
    );
    if (writable) {
      try {
        execFileSync('mount', ['--bind', cache, cache], { stdio: 'ignore' });
      } catch {
        context.skip();
      }
      const folder = cache;
      onTestFinished(() => void execFileSync('umount', ['-l', folder]));
      execFileSync('mount', ['-o', 'remount,ro,bind', cache]);
    }
    hub.reset();
    const again = await pull();
    expect(again).toMatchObject({ revision: commit, downloadedBytes: 0 });
    expect((await resolveHubModel(MODEL, { cacheFolder: cache })).folder).toBe(again.folder);
    hub.commit(MODEL, { ...FILES, 'config.json': '{}' });
    await expect(pull()).rejects.toMatchObject(refused);
  });
});

describe('a file system without symbolic links', () => {
  it.each(['EPERM', 'ENOTSUP', 'ENOSYS'])('gets the content itself (%s)', async (code) => {
    const symlink = async (): Promise<never> => {
      throw failure(code);
    };
    const { folder } = await pull({ symlink });
    for (const { name } of await snapshotFiles(folder)) {
      expect((await lstat(join(folder, name))).isFile()).toBe(true);
      expect((await readFile(join(folder, name))).equals(FILES[name]!)).toBe(true);
    }
    hub.reset();
    expect((await pull({ symlink })).downloadedBytes).toBe(0);
    expect(hub.downloads).toEqual([]);
    expect((await resolveHubModel(MODEL, { cacheFolder: cache })).revision).toBe(commit);
  });
});
