import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redisConnection } from './connection.js';
import { openFleet } from './fleet.js';
import { jobId, jobOf, jobSchema, requestOf } from './job.js';
import type { AnswerSettings } from './settings.js';
import { startFleetWorker } from './worker.js';

const settings: AnswerSettings = {
  model: { ref: 'tiny', revision: 'abc', dtype: 'fp32' },
  pruning: {
    method: 'fastv',
    parameters: { layer: 2 },
    budget: { kind: 'flops', value: 0.5 },
    reference: false,
    seed: 0,
  },
  template: { path: '/t.jinja', text: '{{ messages }}' },
  imageMode: 'pad',
  generation: { temperature: 0, topP: 1, topK: 0, stop: ['\n'] },
};
const path = join(mkdtempSync(join(tmpdir(), 'autoprune-job-')), 'a.png');
writeFileSync(path, 'picture');
const request = {
  messages: [
    { role: 'system' as const, content: 'Be brief.' },
    {
      role: 'user' as const,
      content: [{ type: 'image' as const }, { type: 'text' as const, text: 'Red?' }],
    },
  ],
  images: [path, Uint8Array.of(1, 2, 255)],
  maxNewTokens: 8,
};

describe('a question in the queue', () => {
  it('comes out as it went in', async () => {
    const job = jobSchema.parse(JSON.parse(JSON.stringify(await jobOf(settings, request))));
    expect(await requestOf(job)).toEqual(request);
    expect(job.settings).toEqual(settings);
  });

  it('has an id of its content and settings', async () => {
    const idOf = async (...given: Parameters<typeof jobOf>) => jobId(await jobOf(...given));
    const id = await idOf(settings, request);
    expect(await idOf({ ...settings }, { ...request })).toBe(id);
    expect(await idOf(settings, { ...request, maxNewTokens: 9 })).not.toBe(id);
    expect(await idOf({ ...settings, imageMode: 'crop' }, request)).not.toBe(id);
  });

  it('is refused where the picture is another one', async () => {
    const job = await jobOf(settings, request);
    const other = join(mkdtempSync(join(tmpdir(), 'autoprune-job-')), 'a.png');
    const images = [{ ...job.images[0]!, path: other }];
    await expect(requestOf({ ...job, images })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining(other),
    });
  });
});

describe('redisConnection', () => {
  it('reads addresses', () => {
    expect(redisConnection('redis://localhost')).toMatchObject({ host: 'localhost', port: 6379 });
    expect(redisConnection('rediss://me:s%40@[::1]:7000/2')).toEqual({
      host: '::1',
      port: 7000,
      username: 'me',
      password: 's@',
      db: 2,
      tls: {},
      maxRetriesPerRequest: null,
    });
  });

  it.each(['localhost:6379', 'http://localhost', 'redis://h/name'])(
    'refuses %s',
    async (address) => {
      expect(() => redisConnection(address)).toThrow('redis://host:port');
      await expect(startFleetWorker({ address })).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
      });
      await expect(openFleet({ address, settings })).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
      });
    },
  );
});
