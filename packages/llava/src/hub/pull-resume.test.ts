import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exchange, etagOf, type FakeHub, type Fault } from '@autoprune/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyCache,
  FILES,
  hubWithModel,
  layoutProblems,
  MODEL,
  quickly,
} from './__fixtures__/fake-model.js';
import { repositoryFolder } from './hub-cache.js';
import { pause } from './pause.js';
import { pullModel } from './pull-model.js';
import type { PullProgress } from './pull-progress.js';

const SHARD = 'model-00001-of-00002.safetensors';
const shard = FILES[SHARD]!;

let hub: FakeHub;
let commit: string;
let cache: string;

beforeEach(async () => {
  ({ hub, commit } = await hubWithModel());
  cache = await emptyCache();
  hub.beforeBreak = ({ start }, after) =>
    until(async () => (await sizeOf(partial())) >= start + after);
});
afterEach(() => hub[Symbol.asyncDispose]());

const partial = (): string =>
  join(repositoryFolder(cache, MODEL), 'blobs', `${etagOf(shard, true)}.incomplete`);

const sizeOf = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.size ?? -1;

/** Waits for something to become true, two seconds at most. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 400 && !(await condition()); look++) await pause(5);
}

/** Requests for the shard's bytes at the content server. */
const shardDownloads = (): Exchange[] =>
  hub.exchanges.filter(({ server, file }) => server === 'content' && file === SHARD);

/** Misbehaves for the shard's bytes as told, request by request, then no more. */
function shardFaults(...faults: (Fault | undefined)[]): void {
  hub.fault = ({ server, file }) =>
    server === 'content' && file === SHARD ? faults.shift() : undefined;
}

describe('a connection that breaks', () => {
  it.each<[string, Fault[], number[]]>([
    ['before headers', [{ kind: 'drop' }], [0, 0]],
    ['before the first byte', [{ kind: 'break', after: 0 }], [0, 0]],
    ['in the middle', [{ kind: 'break', after: 60_000 }], [0, 60_000]],
    ['before the last byte', [{ kind: 'break', after: shard.length - 1 }], [0, shard.length - 1]],
    ['when it ends early', [{ kind: 'short', after: 50_000 }], [0, 50_000]],
    [
      'several times',
      [
        { kind: 'break', after: 30_000 },
        { kind: 'drop' },
        { kind: 'break', after: 50_000 },
        { kind: 'break', after: 0 },
        { kind: 'short', after: 40_000 },
        { kind: 'drop' },
        { kind: 'drop' },
      ],
      [0, 30_000, 30_000, 80_000, 80_000, 120_000, 120_000, 120_000],
    ],
  ])('%s is mended from where it broke', async (_, faults, starts) => {
    shardFaults(...faults);
    const pulled = await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(shardDownloads().map(({ start }) => start)).toEqual(starts);
    expect(pulled.downloadedBytes).toBe(pulled.bytes);
  });

  it('is mended for descriptions and questions too', async () => {
    const broken = new Set<string>();
    hub.fault = ({ server, kind, file }) => {
      const key = `${server} ${kind} ${file}`;
      if (broken.has(key)) return undefined;
      broken.add(key);
      return { kind: 'drop' };
    };
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(broken.size).toBeGreaterThan(12);
  });

  it('in the list of files is asked for again', async () => {
    let left = 2;
    hub.fault = ({ kind }) =>
      kind === 'listing' && left-- > 0
        ? {
            kind: 'reply',
            reply: ({ response }) => {
              response.writeHead(200, { 'content-length': 500 });
              response.write('{"sha":', () => response.destroy());
            },
          }
        : undefined;
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('for good keeps what has arrived, for the next pull', async () => {
    hub.fault = ({ server, file, start }) => {
      if (server !== 'content' || file !== SHARD) return undefined;
      return start === 0 ? { kind: 'break', after: 90_000 } : { kind: 'drop' };
    };
    const failed = pullModel(MODEL, quickly(hub, cache));
    await expect(failed).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(/5 tries in a row.*goes on from what has arrived/),
    });
    expect((await stat(partial())).size).toBe(90_000);
    // The first one brought something, so that it began a new row.
    expect(shardDownloads()).toHaveLength(5);
    hub.reset();
    const seen: PullProgress[] = [];
    const { downloadedBytes, bytes } = await pullModel(MODEL, {
      ...quickly(hub, cache),
      onProgress: (progress) => seen.push(progress),
    });
    expect(shardDownloads().map(({ start }) => start)).toEqual([90_000]);
    expect(await layoutProblems(cache, commit)).toEqual([]);
    const begun = seen.find(({ file }) => file === SHARD)!;
    expect(begun).toMatchObject({ fileBytes: 90_000, resumed: 90_000 });
    const small = Object.entries(FILES).filter(([, { length }]) => length < 1000);
    const before = small.reduce((sum, [, { length }]) => sum + length, 90_000);
    expect(downloadedBytes).toBe(bytes - before);
  });

  it('many times is no failure while every try brings something', async () => {
    hub.fault = ({ server, file }) =>
      server === 'content' && file === SHARD ? { kind: 'break', after: 9000 } : undefined;
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(shardDownloads()).toHaveLength(Math.ceil(shard.length / 9000));
  });
});

describe('a range', () => {
  it('is asked for with the validator that the same server gave', async () => {
    shardFaults({ kind: 'break', after: 10_000 });
    await pullModel(MODEL, quickly(hub, cache));
    const { headers } = shardDownloads()[1]!.request;
    expect(headers.range).toBe('bytes=10000-');
    expect(headers['if-range']).toBe(`"store-${etagOf(shard, true).slice(0, 8)}"`);
    const atHub = hub.downloads.filter(({ server, start }) => server === 'hub' && start > 0);
    expect(atHub[0]!.request.headers['if-range']).toBeUndefined();
  });

  it.each<[string, Fault]>([
    ['that the server ignores', { kind: 'whole' }],
    ['that the server cannot satisfy', { kind: 'status', status: 416 }],
    [
      'answered from another place',
      {
        kind: 'reply',
        reply: ({ response }) =>
          response
            .writeHead(206, { 'content-range': `bytes 5-9/${shard.length}`, 'content-length': 5 })
            .end('wrong'),
      },
    ],
    [
      'answered without its place',
      { kind: 'reply', reply: ({ response }) => response.writeHead(206).end('wrong') },
    ],
    [
      'of compressed bytes',
      {
        kind: 'reply',
        reply: ({ response }) =>
          response
            .writeHead(206, {
              'content-encoding': 'br',
              'content-range': `bytes 10000-${shard.length - 1}/${shard.length}`,
            })
            .end('wrong'),
      },
    ],
  ])('%s begins the file anew', async (_, fault) => {
    shardFaults({ kind: 'break', after: 10_000 }, fault);
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('that is never given is enough tries away from an endless loop', async () => {
    hub.fault = ({ server, file }) =>
      server === 'content' && file === SHARD
        ? {
            kind: 'reply',
            reply: ({ response }) => {
              response.writeHead(200, { 'content-length': shard.length });
              response.write(shard.subarray(0, 5000), () => response.destroy());
            },
          }
        : undefined;
    await expect(pullModel(MODEL, quickly(hub, cache))).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
    });
    expect(shardDownloads().length).toBeLessThanOrEqual(6);
  });
});

describe('what an earlier pull has left', () => {
  async function leave(bytes: Buffer): Promise<void> {
    await pullModel(MODEL, quickly(hub, cache));
    hub.reset();
    const repository = repositoryFolder(cache, MODEL);
    await rm(join(repository, 'snapshots', commit, SHARD));
    await rm(join(repository, 'blobs', etagOf(shard, true)));
    await writeFile(partial(), bytes);
  }

  it.each([
    ['a part', shard.subarray(0, 123_456), [123_456]],
    ['everything', shard, []],
    ['nothing', Buffer.alloc(0), [0]],
    // Other tools write in another order, and disks lose data: one download more, not an error.
    ['a damaged part', Buffer.concat([Buffer.alloc(9), shard.subarray(9, 99_999)]), [99_999, 0]],
    ['damaged, but of full length', Buffer.alloc(shard.length), [0]],
    ['too much', Buffer.concat([shard, Buffer.from('more')]), [0]],
  ])('is used: %s', async (_, bytes, starts) => {
    await leave(bytes);
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(shardDownloads().map(({ start }) => start)).toEqual(starts);
  });
});

describe('an abort', () => {
  it('rejects with the reason, keeps the partial file, and the next pull goes on', async () => {
    shardFaults({ kind: 'hang', after: 70_000 });
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = pullModel(MODEL, {
      ...quickly(hub, cache),
      signal: controller.signal,
    });
    void until(async () => (await sizeOf(partial())) >= 70_000).then(() =>
      controller.abort(reason),
    );
    await expect(aborted).rejects.toBe(reason);
    const { size } = await stat(partial());
    expect(size).toBe(70_000);
    expect(await readdir(join(repositoryFolder(cache, MODEL))).then((l) => l.sort())).toEqual([
      'blobs',
    ]);
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(shardDownloads().map(({ start }) => start)).toEqual([0, 70_000]);
  });

  it('before the beginning asks nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(pullModel(MODEL, { ...quickly(hub, cache), signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(hub.exchanges).toEqual([]);
  });

  it.each<[string, (exchange: Exchange) => boolean]>([
    ['during the list', ({ kind }) => kind === 'listing'],
    ['during the questions', ({ kind }) => kind === 'metadata'],
    ['during a redirect', ({ kind, server }) => kind === 'bytes' && server === 'hub'],
    ['before the content', ({ server }) => server === 'content'],
  ])('ends at once %s', async (_, matches) => {
    const controller = new AbortController();
    hub.fault = (exchange) => {
      if (!matches(exchange)) return undefined;
      setTimeout(() => controller.abort(), 5);
      return { kind: 'hang' };
    };
    const aborted = pullModel(MODEL, { ...quickly(hub, cache), signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends a wait between two tries', async () => {
    const controller = new AbortController();
    hub.fault = () => {
      setTimeout(() => controller.abort(), 20);
      return { kind: 'status', status: 503, headers: { 'retry-after': '100' } };
    };
    const aborted = pullModel(MODEL, { ...quickly(hub, cache), signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a server that hangs', () => {
  it.each<[string, Fault, number[]]>([
    ['before headers', { kind: 'hang' }, [0, 0]],
    ['in the middle', { kind: 'hang', after: 1234 }, [0, 1234]],
  ])('%s is asked again', async (_, fault, starts) => {
    shardFaults(fault);
    await pullModel(MODEL, { ...quickly(hub, cache), idleTimeoutMs: 300 });
    expect(await layoutProblems(cache, commit)).toEqual([]);
    expect(shardDownloads().map(({ start }) => start)).toEqual(starts);
  });

  it('for ever ends in an error with the time', async () => {
    hub.fault = () => ({ kind: 'hang' });
    const retries = { tries: 2, backoffMs: 1 };
    await expect(
      pullModel(MODEL, { ...quickly(hub, cache), retries, idleTimeoutMs: 100 }),
    ).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(/nothing was received for 0\.1 s, 2 tries/),
    });
  });
});

it('ends with the right bytes wherever and however often it breaks', async () => {
  const fault = fc.oneof(
    fc.constant<Fault>({ kind: 'drop' }),
    fc.constant<Fault>({ kind: 'whole' }),
    fc.constant<Fault>({ kind: 'status', status: 503 }),
    fc.constant<Fault>({ kind: 'status', status: 416 }),
    fc.nat(210_000).map((after): Fault => ({ kind: 'break', after })),
    fc.nat(210_000).map((after): Fault => ({ kind: 'short', after })),
    fc.constant(undefined),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 12 }),
      fc.array(fc.nat(shard.length + 10), { maxLength: 3 }),
      async (faults, cuts) => {
        const own = await emptyCache();
        const path = join(
          repositoryFolder(own, MODEL),
          'blobs',
          `${etagOf(shard, true)}.incomplete`,
        );
        const queue = [...faults];
        hub.reset();
        hub.beforeBreak = async () => {};
        hub.fault = ({ kind }) => (kind === 'bytes' ? queue.shift() : undefined);
        // Failing is allowed while the server misbehaves; a crash may also cut what was written.
        for (let round = 0; queue.length > 0 && round < 30; round++) {
          await pullModel(MODEL, quickly(hub, own)).catch((error) => {
            expect(['HUB_UNREACHABLE', 'HUB_CORRUPT']).toContain(error.code);
          });
          const cut = cuts[round];
          if (cut !== undefined) await truncate(path, cut).catch(() => {});
        }
        queue.length = 0;
        await pullModel(MODEL, quickly(hub, own));
        expect(await layoutProblems(own, commit)).toEqual([]);
        expect((await readFile(join(own, 'models--test-org--tiny-model/refs/main'))).length).toBe(
          40,
        );
        await rm(own, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});
