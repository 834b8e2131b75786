import { describe, expect, it } from 'vitest';
import { redisConnection } from './connection.js';
import { fleetQueue, jobId, jobOf, jobSchema, requestOf } from './job.js';

const request = {
  messages: [
    { role: 'system' as const, content: 'Be brief.' },
    {
      role: 'user' as const,
      content: [{ type: 'image' as const }, { type: 'text' as const, text: 'Red?' }],
    },
  ],
  images: ['/pictures/a.png', Uint8Array.of(1, 2, 255)],
  maxNewTokens: 8,
};

describe('a question in the queue', () => {
  it('comes out as it went in', () => {
    const job = jobSchema.parse(JSON.parse(JSON.stringify(jobOf(request))));
    expect(requestOf(job)).toEqual(request);
  });

  it('has an id of its content alone', () => {
    expect(jobId(jobOf({ ...request }))).toBe(jobId(jobOf(request)));
    expect(jobId(jobOf({ ...request, maxNewTokens: 9 }))).not.toBe(jobId(jobOf(request)));
  });

  it('lies where workers of the same settings look', () => {
    expect(fleetQueue({ model: 'tiny', method: 'none' })).toBe(
      fleetQueue({ method: 'none', model: 'tiny' }),
    );
    expect(fleetQueue({ model: 'tiny', method: 'fastv' })).not.toBe(
      fleetQueue({ model: 'tiny', method: 'none' }),
    );
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

  it.each(['localhost:6379', 'http://localhost', 'redis://h/name'])('refuses %s', (address) => {
    expect(() => redisConnection(address)).toThrow('redis://host:port');
  });
});
