import { mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyCache } from './__fixtures__/fake-model.js';
import { findSnapshot, listCachedModels } from './hub-cache.js';
import { resolveHubModel } from './resolve-hub-model.js';

const COMMIT = '0123456789'.repeat(4);
const OTHER = 'abcdef0123'.repeat(4);

let cache: string;

/** A cache as another tool writes it. */
async function write(commit: string, files: readonly string[], ref?: string): Promise<string> {
  const repository = join(cache, 'models--org--name');
  const snapshot = join(repository, 'snapshots', commit);
  await mkdir(join(repository, 'blobs'), { recursive: true });
  await mkdir(snapshot, { recursive: true });
  for (const [index, file] of files.entries()) {
    const etag = `${index}`.repeat(40).slice(0, 40);
    const content = file.endsWith('.index.json')
      ? '{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}'
      : '{}';
    await writeFile(join(repository, 'blobs', etag), content);
    await symlink(`../../blobs/${etag}`, join(snapshot, file));
  }
  if (ref) {
    await mkdir(join(repository, 'refs', ref, '..'), { recursive: true });
    await writeFile(join(repository, 'refs', ref), commit);
  }
  return snapshot;
}

beforeEach(async () => {
  cache = await emptyCache();
});

const resolve = (ref: string) => resolveHubModel(ref, { cacheFolder: cache });

describe('a model in the cache', () => {
  it('is found by branch, tag, commit and default', async () => {
    const folder = await write(COMMIT, ['config.json', 'model.safetensors'], 'main');
    await write(OTHER, ['config.json', 'pytorch_model.bin'], 'refs/pr/1');
    const main = { id: 'org/name', folder, revision: COMMIT };
    expect(await resolve('org/name')).toEqual(main);
    expect(await resolve('org/name@main')).toEqual(main);
    expect(await resolve(`org/name@${COMMIT}`)).toEqual(main);
    expect((await resolve('org/name@refs/pr/1')).revision).toBe(OTHER);
    expect(await resolveHubModel('org/name', { env: { HF_HUB_CACHE: cache } })).toEqual(main);
  });

  it('is listed with what it holds', async () => {
    await write(COMMIT, ['config.json', 'model.safetensors'], 'main');
    await mkdir(join(cache, 'datasets--org--data'));
    await mkdir(join(cache, '.locks'));
    expect(await listCachedModels(cache)).toMatchObject([
      {
        id: 'org/name',
        snapshots: [
          {
            revision: COMMIT,
            references: ['main'],
            files: [
              { name: 'config.json', bytes: 2 },
              { name: 'model.safetensors', bytes: 2 },
            ],
          },
        ],
      },
    ]);
    expect(await listCachedModels(join(cache, 'absent'))).toEqual([]);
  });
});

describe('a model that is not there', () => {
  const missing = (message: RegExp) => ({
    code: 'CHECKPOINT_NOT_FOUND',
    message: expect.stringMatching(message),
  });

  it('names the command that brings it', async () => {
    await expect(resolve('org/name')).rejects.toMatchObject(
      missing(
        /org\/name at revision main in the cache .*models--org--name; run autoprune pull org\/name$/,
      ),
    );
    await expect(resolve('org/name@v1')).rejects.toMatchObject(
      missing(/run autoprune pull org\/name --revision v1$/),
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /config\.json is missing/],
    ['one file', ['config.json'], /model\.safetensors is missing/],
    ['no description', ['model.safetensors'], /config\.json is missing/],
    [
      'some shards',
      ['config.json', 'one.safetensors', 'model.safetensors.index.json'],
      /two\.safetensors is missing/,
    ],
  ])('because another tool has fetched %s', async (_, files, message) => {
    await write(COMMIT, files, 'main');
    await expect(resolve('org/name')).rejects.toMatchObject(missing(message));
  });

  it('because its content was removed', async () => {
    await write(COMMIT, ['config.json', 'model.safetensors'], 'main');
    await unlink(join(cache, 'models--org--name/blobs', '1'.repeat(40)));
    await expect(resolve('org/name')).rejects.toMatchObject(
      missing(/model\.safetensors is missing/),
    );
  });

  it.each(['', 'not a commit', `${COMMIT}0`, '../../../etc'])(
    'because the branch holds %j',
    async (text) => {
      await write(COMMIT, ['config.json', 'model.safetensors'], 'main');
      await writeFile(join(cache, 'models--org--name/refs/main'), text);
      expect(await findSnapshot(cache, 'org/name', 'main')).toBeUndefined();
      await expect(resolve('org/name')).rejects.toMatchObject(missing(/autoprune pull/));
    },
  );

  it('because the snapshot was removed', async () => {
    const folder = await write(COMMIT, ['config.json'], 'main');
    await rm(folder, { recursive: true });
    await expect(resolve('org/name')).rejects.toMatchObject(missing(/autoprune pull/));
  });
});
