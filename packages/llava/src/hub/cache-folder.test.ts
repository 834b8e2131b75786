import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyCache } from './__fixtures__/fake-model.js';
import { hubCacheFolder } from './cache-folder.js';
import { hubEndpoint, isOffline, unusedProxy } from './hub-endpoint.js';
import { hubToken } from './hub-token.js';

const all = {
  HF_HUB_CACHE: '/a',
  HUGGINGFACE_HUB_CACHE: '/b',
  HF_HOME: '/c',
  XDG_CACHE_HOME: '/d',
  HOME: '/e',
};

it.each([
  [all, '/a'],
  [{ ...all, HF_HUB_CACHE: '' }, '/b'],
  [{ ...all, HF_HUB_CACHE: ' ', HUGGINGFACE_HUB_CACHE: undefined }, '/c/hub'],
  [{ XDG_CACHE_HOME: '/d', HOME: '/e' }, '/d/huggingface/hub'],
  [{ HOME: '/e' }, '/e/.cache/huggingface/hub'],
  [{ HOME: '/e', HF_HOME: '~/models' }, '/e/models/hub'],
  [{ HOME: '/e', HF_HUB_CACHE: '~other/x' }, join(process.cwd(), '~other/x')],
  [{}, join(homedir(), '.cache/huggingface/hub')],
])('finds the cache of %j', (env, expected) => {
  expect(hubCacheFolder(env)).toBe(expected);
});

it('finds the token in the order of the hub’s tools', async () => {
  const home = await emptyCache();
  await mkdir(join(home, '.cache/huggingface'), { recursive: true });
  await mkdir(join(home, 'hf'));
  await writeFile(join(home, '.cache/huggingface/token'), 'five\n');
  await writeFile(join(home, 'hf/token'), 'four\n');
  await writeFile(join(home, 'three'), '  three \n');
  const env = {
    HF_TOKEN: 'one',
    HUGGING_FACE_HUB_TOKEN: 'two',
    HF_TOKEN_PATH: join(home, 'three'),
    HF_HOME: join(home, 'hf'),
    HOME: home,
  };
  const found: unknown[] = [];
  for (const name of [undefined, ...Object.keys(env).slice(0, 4)]) {
    if (name) delete (env as Record<string, string | undefined>)[name];
    found.push(await hubToken(env));
  }
  expect(found).toEqual(['one', 'two', 'three', 'four', 'five']);
  expect(await hubToken({ ...env, HOME: join(home, 'nobody') })).toBeUndefined();
  expect(await hubToken({ ...env, HF_TOKEN: 'x', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBe(
    undefined,
  );
});

it.each(['two words', 'line\nbreak', 'ümlaut', 'x'.repeat(5000)])(
  'refuses a token that no header can carry, without showing it',
  async (HF_TOKEN) => {
    await expect(hubToken({ HF_TOKEN })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.not.stringContaining(HF_TOKEN),
    });
  },
);

it('reads the endpoint', () => {
  expect(hubEndpoint(undefined, {})).toBe('https://huggingface.co');
  expect(hubEndpoint(undefined, { HF_ENDPOINT: 'https://mirror.example/hf/' })).toBe(
    'https://mirror.example/hf',
  );
  expect(hubEndpoint('http://given', { HF_ENDPOINT: 'https://x' })).toBe('http://given');
  for (const bad of ['mirror.example', 'ftp://x', 'http://u:p@x', 'http://x?q', 'http://x#f', '']) {
    expect(() => hubEndpoint(bad, {})).toThrow(/Expected an http or https address/);
  }
});

it('reads the switches', () => {
  expect(isOffline({ HF_HUB_OFFLINE: 'On' })).toBe(true);
  expect(isOffline({ HF_HUB_OFFLINE: '0' })).toBe(false);
  expect(isOffline({})).toBe(false);
  expect(unusedProxy({ https_proxy: 'http://p' })).toBe('https_proxy');
  expect(unusedProxy({ https_proxy: 'http://p', NODE_USE_ENV_PROXY: '1' })).toBeUndefined();
});
