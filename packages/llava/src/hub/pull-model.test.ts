import { mkdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeHub } from '@autoprune/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyCache,
  FILES,
  hubWithModel,
  layoutProblems,
  locksLeft,
  MODEL,
  OTHER_FILES,
  quickly,
  weightBytes,
} from './__fixtures__/fake-model.js';
import { findSnapshot, listCachedModels, repositoryFolder } from './hub-cache.js';
import { pullModel } from './pull-model.js';
import type { PullProgress } from './pull-progress.js';

let hub: FakeHub;
let commit: string;
let cache: string;

beforeEach(async () => {
  ({ hub, commit } = await hubWithModel());
  cache = await emptyCache();
});
afterEach(() => hub[Symbol.asyncDispose]());

const totalBytes = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);

describe('a pull', () => {
  it('leaves the standard layout with the right bytes', async () => {
    const pulled = await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(await locksLeft(cache)).toEqual([]);
    expect(pulled).toMatchObject({
      id: MODEL,
      folder: join(cache, 'models--test-org--tiny-model', 'snapshots', commit),
      revision: commit,
      bytes: totalBytes,
      downloadedBytes: totalBytes,
    });
    expect([...pulled.files].sort()).toEqual(Object.keys(FILES).sort());
  });

  it('downloads nothing the second time, and asks only what the revision is', async () => {
    await pullModel(MODEL, quickly(hub, cache));
    hub.reset();
    const again = await pullModel(MODEL, quickly(hub, cache));
    expect(hub.exchanges.map(({ kind }) => kind)).toEqual(['listing']);
    expect(again).toMatchObject({ bytes: totalBytes, downloadedBytes: 0 });
  });

  it('downloads descriptions before weights', async () => {
    await pullModel(MODEL, quickly(hub, cache));
    const order = [...new Set(hub.downloads.map(({ file }) => file))];
    expect(order.slice(0, 3)).toEqual(['config.json', 'tokenizer.json', 'chat_template.jinja']);
  });

  it('fetches a content once that several files and commits share', async () => {
    const files = { ...FILES, 'tokenizer_config.json': FILES['tokenizer.json']! };
    commit = hub.commit(MODEL, files);
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit, files)).toEqual([]);
    const asked = hub.downloads.filter(({ file }) => file.startsWith('tokenizer'));
    expect(asked).toHaveLength(1);
    hub.reset();
    const { downloadedBytes } = await pullModel(`${MODEL}`, {
      ...quickly(hub, cache),
      revision: hub.commit(MODEL, { ...files, 'config.json': Buffer.from('{}') }),
    });
    expect(downloadedBytes).toBe(2);
    expect(hub.downloads.map(({ file }) => file)).toEqual(['config.json']);
  });

  it('takes files in folders and of no length', async () => {
    const files = {
      ...FILES,
      'additional_chat_templates/tool use.jinja': Buffer.from('{# tools #}'),
      'added_tokens.json': Buffer.alloc(0),
    };
    commit = hub.commit(MODEL, files);
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit, files)).toEqual([]);
  });

  it('takes PyTorch weights where there are no safetensors', async () => {
    const files = {
      'config.json': Buffer.from('{}'),
      'pytorch_model-00001-of-00001.bin': weightBytes(5000, 3),
      'pytorch_model.bin.index.json': Buffer.from('{}'),
    };
    commit = hub.commit(MODEL, { ...files, 'mm.pth': 'no' });
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit, files)).toEqual([]);
  });

  it('takes what patterns ask for', async () => {
    const options = { ...quickly(hub, cache), include: ['*.md', 'onnx/*'], exclude: ['*.onnx'] };
    expect((await pullModel(MODEL, options)).files).toEqual(['README.md']);
    const without = await pullModel(MODEL, {
      ...quickly(hub, cache),
      exclude: ['*.safetensors'],
    });
    expect(without.files).not.toContain('model-00001-of-00002.safetensors');
    await expect(
      pullModel(MODEL, { ...quickly(hub, cache), include: ['*.gguf'] }),
    ).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('refuses a repository without anything to load', async () => {
    hub.commit(MODEL, { 'model.gguf': 'x' });
    await expect(pullModel(MODEL, quickly(hub, cache))).rejects.toMatchObject({
      code: 'CHECKPOINT_UNSUPPORTED',
      message: expect.stringMatching(/none of its 1 files .*model\.gguf/),
    });
  });

  it('mends a snapshot whose content was removed, and an entry that points elsewhere', async () => {
    const { folder } = await pullModel(MODEL, quickly(hub, cache));
    const weights = join(folder, 'model-00002-of-00002.safetensors');
    await unlink(join(folder, await readLink(weights)));
    await unlink(join(folder, 'config.json'));
    await symlink('../../blobs/nothing', join(folder, 'config.json'));
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('replaces content of a wrong size', async () => {
    const { etagOf } = await import('@autoprune/testing');
    const blobs = join(repositoryFolder(cache, MODEL), 'blobs');
    await mkdir(blobs, { recursive: true });
    const weights = FILES['model-00001-of-00002.safetensors']!;
    await writeFile(join(blobs, etagOf(weights, true)), 'short');
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });
});

async function readLink(path: string): Promise<string> {
  const { readlink } = await import('node:fs/promises');
  return readlink(path);
}

describe('revisions', () => {
  it('keeps an old commit when main moves', async () => {
    await pullModel(MODEL, quickly(hub, cache));
    const moved = hub.commit(MODEL, { ...OTHER_FILES, ...FILES, 'config.json': '{"new":1}' });
    const next = await pullModel(MODEL, quickly(hub, cache));
    expect(next.revision).toBe(moved);
    expect((await findSnapshot(cache, MODEL, 'main'))?.revision).toBe(moved);
    const old = await findSnapshot(cache, MODEL, commit);
    expect(await readFile(join(old!.folder, 'config.json'), 'utf8')).toBe('{"model_type":"llava"}');
    hub.reset();
    const pinned = await pullModel(`${MODEL}@${commit}`, quickly(hub, cache));
    expect(pinned).toMatchObject({ revision: commit, downloadedBytes: 0 });
    // A commit is no branch, and pinning it does not move main back.
    expect((await findSnapshot(cache, MODEL, 'main'))?.revision).toBe(moved);
    const [model] = await listCachedModels(cache);
    expect(model!.snapshots.map(({ revision, references }) => [revision, references])).toEqual(
      [
        [commit, []],
        [moved, ['main']],
      ].sort(),
    );
  });

  it('takes branches with slashes', async () => {
    const sha = hub.commit(MODEL, FILES, 'refs/pr/7');
    await pullModel(MODEL, { ...quickly(hub, cache), revision: 'refs/pr/7' });
    expect((await findSnapshot(cache, MODEL, 'refs/pr/7'))?.revision).toBe(sha);
    expect(hub.exchanges[0]!.request.url).toMatch(/\/revision\/refs%2Fpr%2F7$/);
  });

  it('does not believe another commit than the one asked for', async () => {
    hub.listing = { sha: 'a'.repeat(40), siblings: [{ rfilename: 'config.json' }] };
    await expect(pullModel(`${MODEL}@${commit}`, quickly(hub, cache))).rejects.toMatchObject({
      code: 'HUB_ANSWER_INVALID',
    });
  });
});

describe('the token', () => {
  const authorized = (): [string, string | undefined][] =>
    hub.exchanges.map(({ server, request }) => [server, request.headers.authorization]);

  it.each([
    ['the option', { token: 'hf_secret' }, {}],
    ['HF_TOKEN', {}, { HF_TOKEN: 'hf_secret' }],
  ])('from %s goes to the hub only', async (_, option, env) => {
    const options = quickly(hub, cache);
    await pullModel(MODEL, { ...options, ...option, env: { ...options.env, ...env } });
    const sent = new Set(authorized().map((pair) => pair.join(' ')));
    expect(sent).toEqual(new Set(['hub Bearer hf_secret', 'content ']));
  });

  it('is not sent when there is none', async () => {
    await pullModel(MODEL, quickly(hub, cache));
    expect(authorized().filter(([, header]) => header !== undefined)).toEqual([]);
  });

  it('does not follow a redirect to the same name at another port', async () => {
    hub.fault = ({ kind, server }) =>
      kind === 'listing' && server === 'hub'
        ? { kind: 'status', status: 307, headers: { location: `${hub.contentAddress}/x?file=a` } }
        : undefined;
    await pullModel(MODEL, { ...quickly(hub, cache), token: 'hf_secret' }).catch(() => {});
    expect(authorized()[1]).toEqual(['content', undefined]);
  });
});

describe('offline', () => {
  const offline = { offline: true };

  it('returns what is there without a request', async () => {
    const online = await pullModel(MODEL, quickly(hub, cache));
    hub.reset();
    const found = await pullModel(MODEL, { ...quickly(hub, cache), ...offline });
    expect(found).toMatchObject({ folder: online.folder, revision: commit, downloadedBytes: 0 });
    expect([...found.files].sort()).toEqual([...online.files].sort());
    const pinned = await pullModel(`${MODEL}@${commit}`, { ...quickly(hub, cache), ...offline });
    expect(pinned.bytes).toBe(totalBytes);
    expect(hub.exchanges).toEqual([]);
  });

  it.each(['1', 'TRUE', 'yes', 'on'])('is asked for by HF_HUB_OFFLINE=%s', async (value) => {
    const options = { ...quickly(hub, cache), env: { HF_HUB_OFFLINE: value } };
    await expect(pullModel(MODEL, options)).rejects.toMatchObject({
      code: 'HUB_OFFLINE',
      message: expect.stringContaining(join(cache, 'models--test-org--tiny-model')),
    });
    expect(hub.exchanges).toEqual([]);
  });

  it('says which file is not there', async () => {
    await pullModel(MODEL, { ...quickly(hub, cache), exclude: ['model-00002*'] });
    await expect(pullModel(MODEL, { ...quickly(hub, cache), ...offline })).rejects.toMatchObject({
      code: 'HUB_OFFLINE',
      message: expect.stringContaining('model-00002-of-00002.safetensors'),
    });
  });
});

it('reports progress that begins, grows and ends with everything', async () => {
  const seen: PullProgress[] = [];
  await pullModel(MODEL, { ...quickly(hub, cache), onProgress: (one) => seen.push(one) });
  expect(new Set(seen.map(({ file }) => file))).toEqual(new Set(Object.keys(FILES)));
  for (const file of Object.keys(FILES)) {
    const own = seen.filter((one) => one.file === file);
    expect(own[0]).toMatchObject({ fileBytes: 0, resumed: 0 });
    expect(own.at(-1)!.fileBytes).toBe(FILES[file]!.length);
  }
  const totals = seen.map((one) => one.totalBytes);
  expect(totals).toEqual([...totals].sort((a, b) => a - b));
  expect(seen.at(-1)).toMatchObject({ totalBytes, total: totalBytes });
});

it('passes on what the progress callback throws, and goes on the next time', async () => {
  const onProgress = (): never => {
    throw new Error('my own');
  };
  await expect(pullModel(MODEL, { ...quickly(hub, cache), onProgress })).rejects.toThrow('my own');
  await pullModel(MODEL, quickly(hub, cache));
  expect(await layoutProblems(cache, commit)).toEqual([]);
});
