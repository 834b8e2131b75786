import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { etagOf, type FakeHub } from '@autoprune/testing';
import { build } from 'tsup';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyCache,
  FILES,
  hubWithModel,
  layoutProblems,
  MODEL,
  quickly,
} from './__fixtures__/fake-model.js';
import { findSnapshot, repositoryFolder } from './hub-cache.js';
import { pause } from './pause.js';
import { pullModel } from './pull-model.js';

const SHARD = 'model-00001-of-00002.safetensors';
const shard = FILES[SHARD]!;

let script: string;
let folder: string;
let hub: FakeHub;
let commit: string;
let cache: string;

beforeAll(async () => {
  // Processes of their own cannot read TypeScript: they get the sources as one file.
  folder = await mkdtemp(join(tmpdir(), 'autoprune-hub-bundle-'));
  await build({
    config: false,
    silent: true,
    format: 'esm',
    platform: 'node',
    dts: false,
    entry: { hub: fileURLToPath(new URL('./index.ts', import.meta.url)) },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/./],
    esbuildOptions(options) {
      options.conditions = ['@autoprune/source'];
    },
  });
  script = join(folder, 'pull.mjs');
  await writeFile(
    script,
    `import { pullModel } from './hub.mjs';
     const [ref, options] = JSON.parse(process.argv[2]);
     const pulled = await pullModel(ref, options).catch((error) => ({ error: error.message }));
     console.log(JSON.stringify(pulled));`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  ({ hub, commit } = await hubWithModel());
  cache = await emptyCache();
});
afterEach(() => hub[Symbol.asyncDispose]());

interface Pulling {
  readonly child: ChildProcess;
  readonly result: Promise<{ downloadedBytes?: number; error?: string }>;
}

function pullElsewhere(): Pulling {
  const child = spawn(process.execPath, [
    script,
    JSON.stringify([MODEL, { ...quickly(hub, cache), idleTimeoutMs: 20_000 }]),
  ]);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  const result = new Promise<{ downloadedBytes?: number; error?: string }>((resolve) => {
    child.on('close', () =>
      resolve(output.startsWith('{') ? JSON.parse(output) : { error: output }),
    );
  });
  return { child, result };
}

const partial = (): string =>
  join(repositoryFolder(cache, MODEL), 'blobs', `${etagOf(shard, true)}.incomplete`);

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 2000 && !(await condition()); look++) await pause(5);
}

const holds = async (bytes: number): Promise<boolean> =>
  ((await stat(partial()).catch(() => undefined))?.size ?? -1) >= bytes;

describe('several processes', () => {
  it('that pull the same model get it once', async () => {
    const pulls = [pullElsewhere(), pullElsewhere(), pullElsewhere()];
    const own = pullModel(MODEL, quickly(hub, cache));
    const own2 = pullModel(MODEL, quickly(hub, cache));
    const results = await Promise.all([own, own2, ...pulls.map(({ result }) => result)]);
    expect(results.map((one) => 'error' in one && one.error)).toEqual(Array(5).fill(false));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    const received = results.reduce((sum, one) => sum + (one.downloadedBytes ?? 0), 0);
    expect(received).toBe((await own).bytes);
  });

  it('wait for one that is slow, and go on where it was killed', async () => {
    hub.fault = ({ server, file, start }) =>
      server === 'content' && file === SHARD && start === 0
        ? { kind: 'hang', after: 80_000 }
        : undefined;
    const first = pullElsewhere();
    await until(() => holds(80_000));
    const second = pullElsewhere();
    const seen: number[] = [];
    const third = pullModel(MODEL, {
      ...quickly(hub, cache),
      onProgress: ({ file, fileBytes }) => {
        if (file === SHARD) seen.push(fileBytes);
      },
    });
    await pause(600);
    const asked = hub.exchanges.filter(
      ({ server, file }) => server === 'content' && file === SHARD,
    );
    expect(asked).toHaveLength(1);
    first.child.kill('SIGKILL');
    expect(await second.result).not.toHaveProperty('error');
    await third;
    expect(await layoutProblems(cache, commit)).toEqual([]);
    // Who waits sees what the other has written.
    expect(seen).toContain(80_000);
    const starts = hub.exchanges
      .filter(({ server, file }) => server === 'content' && file === SHARD)
      .map(({ start }) => start);
    expect(starts).toEqual([0, 80_000]);
  });

  it('that are killed at any time leave nothing that looks complete', async () => {
    hub.fault = ({ kind, file }) => {
      if (kind !== 'bytes') return undefined;
      // The last file never comes.
      return file.startsWith('model-00002') ? { kind: 'hang' } : { kind: 'hang', after: 40_000 };
    };
    for (let round = 0; round < 10; round++) {
      const before = hub.exchanges.length;
      const { child, result } = pullElsewhere();
      await until(async () => hub.exchanges.length > before);
      await pause(round * 12);
      child.kill('SIGKILL');
      await result;
      expect(await readdir(repositoryFolder(cache, MODEL)).catch(() => [])).not.toContain('refs');
      expect(await findSnapshot(cache, MODEL, commit)).toBeUndefined();
    }
    hub.reset();
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });

  it('one of which was stopped for longer than the others wait', async () => {
    let kept: ServerResponse | undefined;
    hub.fault = ({ server, file, start }) => {
      if (server !== 'content' || file !== SHARD || start > 0) return undefined;
      return {
        kind: 'reply',
        reply: ({ response }) => {
          kept = response;
          response.writeHead(200, { 'content-length': shard.length });
          response.write(shard.subarray(0, 80_000));
        },
      };
    };
    const stopped = pullElsewhere();
    await until(() => holds(80_000));
    stopped.child.kill('SIGSTOP');
    // Its lock is taken away by hand: the lease of the real one is 30 s.
    await rm(join(cache, '.locks'), { recursive: true });
    await pullModel(MODEL, quickly(hub, cache));
    expect(await layoutProblems(cache, commit)).toEqual([]);
    stopped.child.kill('SIGCONT');
    kept!.end(shard.subarray(80_000));
    expect(await stopped.result).not.toHaveProperty('error');
    expect(await layoutProblems(cache, commit)).toEqual([]);
  });
});
