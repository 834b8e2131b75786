import { describe, expect, it } from 'vitest';
import { retryAfterMs, TransientFailure } from './hub-failure.js';
import { withRetries } from './retry.js';

const subject = { id: 'org/name', revision: 'main', file: 'config.json' };
const hub = {
  endpoint: 'https://hub.example',
  idleTimeoutMs: 1000,
  retries: { tries: 3, backoffMs: 1 },
};

describe('work that fails', () => {
  it('is done again while the failure may pass', async () => {
    let tries = 0;
    const work = async (): Promise<string> => {
      if (++tries < 3) throw new TransientFailure('later');
      return 'done';
    };
    expect(await withRetries(hub, subject, work)).toBe('done');
    expect(tries).toBe(3);
  });

  it('is not done again for any other failure', async () => {
    let tries = 0;
    const work = async (): Promise<never> => {
      tries++;
      throw new Error('mine');
    };
    await expect(withRetries(hub, subject, work)).rejects.toThrow('mine');
    expect(tries).toBe(1);
  });

  it('is given up after so many tries in a row without progress', async () => {
    let tries = 0;
    const work = async (): Promise<never> => {
      tries++;
      throw new TransientFailure('hub.example: reset');
    };
    // The second and the fifth try bring something.
    const progressed = (): boolean => tries === 2 || tries === 5;
    await expect(withRetries(hub, subject, work, progressed)).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(
        /^org\/name: config\.json: hub\.example cannot be used \(.*reset, 3 tries in a row\)/,
      ),
    });
    expect(tries).toBe(4);
  });

  it('waits longer every time', async () => {
    const times: number[] = [];
    const work = async (): Promise<never> => {
      times.push(performance.now());
      throw new TransientFailure('later');
    };
    const slow = { ...hub, retries: { tries: 4, backoffMs: 40 } };
    await expect(withRetries(slow, subject, work)).rejects.toThrow();
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(18 * 2 ** index);
  });
});

it.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['soon', undefined],
  ['-5x', undefined],
  [null, undefined],
])('Retry-After: %s', (header, expected) => {
  expect(retryAfterMs(header, Date.parse('Wed, 21 Oct 2015 07:28:00 GMT'))).toBe(expected);
});
