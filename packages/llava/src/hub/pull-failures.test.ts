import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { etagOf, type FakeHub, type Fault } from '@autoprune/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyCache,
  FILES,
  hubWithModel,
  layoutProblems,
  MODEL,
  quickly,
  weightBytes,
} from './__fixtures__/fake-model.js';
import { repositoryFolder } from './hub-cache.js';
import { pullModel } from './pull-model.js';

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

const pull = (options = {}) => pullModel(MODEL, { ...quickly(hub, cache), ...options });

async function blobs(): Promise<string[]> {
  return readdir(join(repositoryFolder(cache, MODEL), 'blobs')).catch(() => []);
}

describe('refusals', () => {
  it.each([401, 403])('%i names the model and what to do', async (status) => {
    hub.fault = () => ({ kind: 'status', status });
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_UNAUTHORIZED',
      message: expect.stringMatching(
        /^test-org\/tiny-model .*without a token.*accept the licence at http.*set HF_TOKEN/,
      ),
    });
    await expect(pull({ token: 'hf_x' })).rejects.toMatchObject({
      code: 'HUB_UNAUTHORIZED',
      message: expect.not.stringContaining('hf_x'),
    });
    expect(hub.exchanges).toHaveLength(2);
  });

  it('of a file names it', async () => {
    hub.fault = ({ kind, file }) =>
      kind === 'metadata' && file === SHARD ? { kind: 'status', status: 403 } : undefined;
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_UNAUTHORIZED',
      message: expect.stringContaining(SHARD),
    });
    expect(await blobs()).toEqual([]);
  });

  it('at the content server are expired addresses, and asked for anew', async () => {
    let left = 2;
    hub.fault = ({ server }) =>
      server === 'content' && left-- > 0 ? { kind: 'status', status: 403 } : undefined;
    await pull();
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });
});

describe('404', () => {
  it('names model and revision', async () => {
    await expect(pullModel('test-org/tinny', quickly(hub, cache))).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringMatching(
        /^test-org\/tinny: .* no such model.*revision main; check the spelling/,
      ),
    });
    await expect(pull({ revision: 'v9' })).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringContaining('v9'),
    });
  });

  it('of a listed file names it', async () => {
    hub.listing = {
      sha: commit,
      siblings: [{ rfilename: 'config.json' }, { rfilename: 'a.jinja' }],
    };
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringMatching(/a\.jinja.*404/),
    });
  });
});

describe('busy and broken servers', () => {
  it('are waited for as long as they ask', async () => {
    let left = 1;
    hub.fault = () =>
      left-- > 0 ? { kind: 'status', status: 429, headers: { 'retry-after': '1' } } : undefined;
    const started = performance.now();
    await pull();
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it('are given up after five tries', async () => {
    hub.fault = () => ({ kind: 'status', status: 429 });
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_BUSY',
      message: expect.stringMatching(/answered 429 \(too many requests\) to 5 tries/),
    });
    expect(hub.exchanges).toHaveLength(5);
  });

  it('are given up at once when they ask for longer than anyone waits', async () => {
    hub.fault = () => ({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_BUSY',
      message: expect.stringContaining('in 3600 s'),
    });
    expect(hub.exchanges).toHaveLength(1);
  });

  it.each([500, 502, 503, 504])('that answer %i are asked again', async (status) => {
    const seen = new Set<string>();
    hub.fault = ({ server, kind, file }) => {
      const key = `${server} ${kind} ${file}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      return { kind: 'status', status };
    };
    await pull();
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('that are not there are named', async () => {
    await hub[Symbol.asyncDispose]();
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+.*ECONNREFUSED.*5 tries/),
    });
    const env = { HTTPS_PROXY: 'http://proxy' };
    await expect(pull({ env })).rejects.toMatchObject({
      message: expect.stringContaining('HTTPS_PROXY is set, but Node uses it only with'),
    });
  });

  it('whose name is not known are not asked again', async () => {
    const started = performance.now();
    await expect(
      pull({ endpoint: 'http://hub.invalid', retries: { tries: 5, backoffMs: 5000 } }),
    ).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

describe('content that is not what the hub said', () => {
  const content = (fault: Fault): void => {
    hub.fault = ({ server, file }) => (server === 'content' && file === SHARD ? fault : undefined);
  };

  it('of another checksum names both and is removed', async () => {
    const other = weightBytes(shard.length, 99);
    content({ kind: 'content', content: other });
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_CORRUPT',
      message: expect.stringMatching(
        new RegExp(`${SHARD}.*SHA-256.*${etagOf(shard, true)}.*${etagOf(other, true)}`),
      ),
    });
    expect((await blobs()).filter((name) => name.startsWith(etagOf(shard, true)))).toEqual([]);
    hub.reset();
    await pull();
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('of a small file is found by the checksum of git', async () => {
    hub.fault = ({ kind, file }) =>
      kind === 'bytes' && file === 'config.json'
        ? { kind: 'content', content: Buffer.from('{"model_type":"bad!!"}') }
        : undefined;
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_CORRUPT',
      message: expect.stringMatching(/config\.json: the git SHA-1 checksum should be/),
    });
    expect(await blobs()).toEqual([]);
  });

  it.each<[string, Fault, RegExp]>([
    ['shorter', { kind: 'content', content: shard.subarray(0, 777) }, /be 200000 but is 777;/],
    [
      'longer',
      { kind: 'content', content: Buffer.concat([shard, shard]) },
      /be 200000 but is 400000;/,
    ],
    [
      'longer without saying so',
      {
        kind: 'reply',
        reply: ({ response }) => {
          response.writeHead(200);
          response.write(shard);
          response.end('more');
        },
      },
      /be 200000 but is at least 20000[1-4];/,
    ],
    ['always ending early', { kind: 'short', after: 0 }, /be 200000 but is 0;/],
  ])('%s names both sizes and is removed', async (_, fault, message) => {
    content(fault);
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_CORRUPT',
      message: expect.stringMatching(message),
    });
    expect((await blobs()).filter((name) => name.startsWith(etagOf(shard, true)))).toEqual([]);
  });

  it('in size when it is continued is noticed', async () => {
    let count = 0;
    hub.fault = ({ server, file }) => {
      if (server !== 'content' || file !== SHARD) return undefined;
      count++;
      return count === 1
        ? { kind: 'break', after: 10_000 }
        : {
            kind: 'reply',
            reply: ({ response }) =>
              response.writeHead(206, { 'content-range': 'bytes 10000-10001/10002' }).end('xx'),
          };
    };
    await expect(pull()).rejects.toMatchObject({
      code: 'HUB_CORRUPT',
      message: expect.stringContaining('be 200000 but is 10002'),
    });
    expect((await blobs()).filter((name) => name.startsWith(etagOf(shard, true)))).toEqual([]);
  });
});

describe('answers that no hub would give', () => {
  const invalid = (message: RegExp) => ({
    code: 'HUB_ANSWER_INVALID',
    message: expect.stringMatching(message),
  });

  it.each([
    ['../../../etc/passwd'],
    ['/etc/passwd'],
    ['a/../../b.safetensors'],
    ['..\\..\\x.safetensors'],
    ['C:\\x.safetensors'],
    ['a//b.json'],
    ['./config.json'],
    ['config.json/'],
    [''],
    ['a\u0000b.json'],
    ['\u001b[2Jconfig.json'],
    ['\ud800.json'],
    [`${'a'.repeat(300)}.safetensors`],
    [`${'a/'.repeat(40)}config.json`],
    [`${'abcdefgh/'.repeat(200)}config.json`],
  ])('the file name %j is refused', async (rfilename) => {
    hub.listing = { sha: commit, siblings: [{ rfilename: 'config.json' }, { rfilename }] };
    await expect(pull()).rejects.toMatchObject(invalid(/lists the file ".*", whose name/));
    await expect(pull({ include: ['*'] })).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
    expect(await blobs()).toEqual([]);
  });

  it('too many files are refused with both numbers', async () => {
    const siblings = Array.from({ length: 10_001 }, (_, index) => ({ rfilename: `${index}.json` }));
    hub.listing = { sha: commit, siblings };
    await expect(pull()).rejects.toMatchObject(invalid(/lists 10001 files, above .* 10000/));
  });

  it('an endless list is not read to its end', async () => {
    let sent = 0;
    hub.fault = () => ({
      kind: 'reply',
      reply: ({ response }) => {
        const piece = Buffer.alloc(1024 * 1024, ' ');
        const more = (): void => {
          while (!response.destroyed && response.write(piece)) sent += piece.length;
        };
        response.on('drain', more).on('error', () => {});
        response.writeHead(200);
        more();
      },
    });
    await expect(pull()).rejects.toMatchObject(invalid(/more than the limit of 33554432 bytes/));
    expect(sent).toBeLessThan(200 * 1024 * 1024);
  });

  it.each<[string, unknown, RegExp]>([
    ['HTML', '<html>Log in</html>', /19 characters that are not JSON \("<html>Log in/],
    ['nothing', '', /0 characters that are not JSON/],
    ['another type', '[]', /answered the whole/],
    ['no commit', { siblings: [] }, /answered sha/],
    ['a path as commit', { sha: '../../x', siblings: [] }, /sha: is not a commit/],
    ['no files', { sha: 'a'.repeat(40) }, /answered siblings/],
    ['files without names', { sha: 'a'.repeat(40), siblings: [{}] }, /siblings\.0\.rfilename/],
    ['names of another type', { sha: 'a'.repeat(40), siblings: [{ rfilename: 3 }] }, /rfilename/],
  ])('%s instead of the list', async (_, listing, message) => {
    hub.listing = listing;
    await expect(pull()).rejects.toMatchObject(invalid(message));
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no checksum', { 'content-length': '5' }, /the ETag null/],
    ['a path', { etag: '"../../../x"', 'content-length': '5' }, /the ETag "\.\./],
    ['another kind of checksum', { etag: '"abc"', 'content-length': '5' }, /instead of a checksum/],
    ['no size', { etag: `"${'a'.repeat(40)}"` }, /no size/],
    ['a negative size', { etag: `"${'a'.repeat(40)}"`, 'x-linked-size': '-5' }, /no size/],
    [
      'a size without bounds',
      { etag: `"${'a'.repeat(40)}"`, 'x-linked-size': '9'.repeat(30) },
      /no size/,
    ],
  ])('%s as metadata', async (_, headers, message) => {
    hub.fault = ({ kind }) =>
      kind === 'metadata'
        ? {
            kind: 'reply',
            reply: ({ response }) => {
              response.useChunkedEncodingByDefault = false;
              response.writeHead(200, headers).end();
            },
          }
        : undefined;
    await expect(pull()).rejects.toMatchObject(invalid(message));
  });

  it.each([
    ['in a circle', '/api/models/x', /redirects more than 8 times/],
    ['to a file', 'file:///etc/passwd', /redirects to "file:/],
    ['nowhere', 'http://', /redirects to "http:/],
  ])('redirects %s', async (_, location, message) => {
    const circle = location.startsWith('/') ? `/api/models/${MODEL}/revision/main` : location;
    hub.fault = () => ({ kind: 'status', status: 302, headers: { location: circle } });
    await expect(pull()).rejects.toMatchObject(invalid(message));
  });

  it('one checksum for two sizes', async () => {
    const headers = { etag: `"${'a'.repeat(40)}"` };
    let size = 5;
    hub.fault = ({ kind }) =>
      kind === 'metadata'
        ? { kind: 'status', status: 200, headers: { ...headers, 'x-linked-size': `${size++}` } }
        : undefined;
    await expect(pull()).rejects.toMatchObject(invalid(/one checksum but/));
  });
});

it('follows a model that was renamed', async () => {
  const sha = hub.commit('new-org/model', FILES);
  hub.fault = ({ request }) =>
    request.url?.includes(MODEL)
      ? {
          kind: 'status',
          status: 307,
          headers: { location: request.url.replace(MODEL, 'new-org/model') },
        }
      : undefined;
  await pull({ token: 'hf_x' });
  expect(await layoutProblems(cache, sha)).toEqual([]);
  const atHub = hub.exchanges.filter(({ server }) => server === 'hub');
  expect(atHub.every(({ request }) => request.headers.authorization === 'Bearer hf_x')).toBe(true);
});

it('follows a redirect of the question to the hub itself, which knows the sizes', async () => {
  // The hub answers small files from a second address of its own.
  hub.fault = ({ kind, request, file }) =>
    kind === 'metadata' && file === 'config.json' && !request.url?.includes('again')
      ? { kind: 'status', status: 307, headers: { location: `${request.url}?again=1` } }
      : undefined;
  await pull();
  expect(await layoutProblems(cache, commit)).toEqual([]);
});

it.each([
  ['gpt2'],
  ['a/b/c'],
  ['../x'],
  ['org/..'],
  ['org/na--me'],
  ['https://host/org/name'],
  ['org/name@'],
  ['org/name@../../x'],
  ['org/name@a b'],
])('refuses the reference %j before any request', async (ref) => {
  await expect(pullModel(ref, quickly(hub, cache))).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
  });
  expect(hub.exchanges).toEqual([]);
});
