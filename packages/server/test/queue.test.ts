import { afterEach, describe, expect, it } from 'vitest';
import type { RunningServer, ServerOptions } from '../src/index.js';
import { events, health, post, script, startScripted, untilHealth } from './start.js';

let server: RunningServer | undefined;
const start = async (options: ServerOptions = {}): Promise<RunningServer> => {
  server = await startScripted(options);
  return server;
};
afterEach(async () => {
  await server?.close(0);
  server = undefined;
});

const answerOf = async (response: Response): Promise<string> => {
  const body = (await response.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
};

/** A request that runs until it is given up. */
const endless = (running: RunningServer, signal?: AbortSignal): Promise<Response> =>
  post(running, script('count 1000000'), signal ? { signal } : {});

describe('the line', () => {
  it('answers requests in the order of their coming', async () => {
    const running = await start();
    const order: number[] = [];
    const ask = (index: number) =>
      post(running, script(`count ${index === 0 ? 100 : 2}`)).then(async (response) => {
        await response.text();
        order.push(index);
      });
    const first = ask(0);
    await untilHealth(running, { running: 1 });
    const second = ask(1);
    await untilHealth(running, { waiting: 1 });
    await Promise.all([first, second, ask(2)]);
    expect(order).toEqual([0, 1, 2]);
  });

  it('refuses what it cannot hold with 429 and a time to come again', async () => {
    const running = await start({ limits: { maxWaiting: 1 } });
    const stop = new AbortController();
    const held = [endless(running, stop.signal), endless(running, stop.signal)];
    for (const one of held) one.catch(() => {});
    await untilHealth(running, { running: 1, waiting: 1 });
    const refused = await post(running, script('count 1'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({
      error: { type: 'rate_limit_error', code: 'queue_full' },
    });
    stop.abort();
    await untilHealth(running, { running: 0, waiting: 0 });
    expect((await post(running, script('count 1'))).status).toBe(200);
  });

  it('frees the slot within one step when the client of a whole answer goes away', async () => {
    const running = await start();
    const stop = new AbortController();
    const gone = endless(running, stop.signal);
    await untilHealth(running, { running: 1 });
    stop.abort();
    await expect(gone).rejects.toThrow();
    const next = await post(running, script('steps'));
    expect(Number(await answerOf(next))).toBeLessThanOrEqual(1);
  });

  it('frees the slot within one step when the reader of a stream goes away', async () => {
    const running = await start();
    const stop = new AbortController();
    const response = await post(running, script('count 1000000', { stream: true }), {
      signal: stop.signal,
    });
    const reader = response.body!.getReader();
    for (let part = 0; part < 5; part++) await reader.read();
    stop.abort();
    const next = await post(running, script('steps'));
    expect(Number(await answerOf(next))).toBeLessThanOrEqual(1);
  });

  it('forgets a waiting request whose client goes away', async () => {
    const running = await start({ limits: { maxWaiting: 1 } });
    const stop = new AbortController();
    const leave = new AbortController();
    const first = endless(running, stop.signal);
    await untilHealth(running, { running: 1 });
    const second = endless(running, leave.signal);
    await untilHealth(running, { waiting: 1 });
    leave.abort();
    await expect(second).rejects.toThrow();
    await untilHealth(running, { waiting: 0, running: 1 });
    stop.abort();
    await expect(first).rejects.toThrow();
  });

  it('runs as many answers at once as there are processes', async () => {
    const running = await start({ processes: 2 });
    const stop = new AbortController();
    const held = [endless(running, stop.signal), endless(running, stop.signal)];
    for (const one of held) one.catch(() => {});
    await untilHealth(running, { running: 2, waiting: 0 });
    expect(running.inferencePids()).toHaveLength(2);
    stop.abort();
    await untilHealth(running, { running: 0 });
  });

  it('runs several answers in one process, and gives up one of them', async () => {
    const running = await start({ answersAtOnce: 3 });
    const stops = [1, 2, 3].map(() => new AbortController());
    const held = stops.map(({ signal }) => endless(running, signal));
    for (const one of held) one.catch(() => {});
    await untilHealth(running, { running: 3, waiting: 0 });
    expect(running.inferencePids()).toHaveLength(1);
    stops[1]!.abort();
    await untilHealth(running, { running: 2 });
    // In the place that is free now.
    expect(await answerOf(await post(running, script('count 5')))).toBe('0 1 2 3 4');
    for (const stop of stops) stop.abort();
    await untilHealth(running, { running: 0 });
  });

  it('gives the answers to the processes that make the fewest', async () => {
    const running = await start({ processes: 2, answersAtOnce: 2 });
    const stop = new AbortController();
    const held = [1, 2].map(() => endless(running, stop.signal));
    for (const one of held) one.catch(() => {});
    await untilHealth(running, { running: 2 });
    const died = await post(running, script('die at 3'));
    expect(died.status).toBe(500);
    // One of the two was in the process that died, the other one was not.
    await untilHealth(running, { running: 1 });
    stop.abort();
    await untilHealth(running, { running: 0 });
  });
});

describe('an inference process that dies', () => {
  it('fails its request with a clear error, and the next one is answered', async () => {
    const running = await start();
    const [before] = running.inferencePids();
    const failed = await post(running, script('die at 3'));
    expect(failed.status).toBe(500);
    expect(failed.headers.get('x-should-retry')).toBe('false');
    expect(await failed.json()).toEqual({
      error: {
        message: expect.stringContaining('ended by SIGKILL before the answer was complete'),
        type: 'server_error',
        param: null,
        code: 'inference_process_died',
      },
    });
    expect(await answerOf(await post(running, script('count 3')))).toBe('0 1 2');
    expect(running.inferencePids()).not.toContain(before);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toContain('autoprune_inference_restarts_total 1');
  });

  it('ends a stream with an error event, and waiting requests are answered', async () => {
    const running = await start();
    const dying = post(running, script('die at 3', { stream: true }));
    await untilHealth(running, { running: 1 });
    const waiting = post(running, script('count 2'));
    const text = await (await dying).text();
    expect(events(text).at(-1)).toMatchObject({ error: { code: 'inference_process_died' } });
    expect(text).not.toContain('[DONE]');
    expect(await answerOf(await waiting)).toBe('0 1');
  });

  it('is ended when an answer takes too long and cancelling does not help', async () => {
    const running = await start({ limits: { answerTimeoutMs: 50 }, cancelGraceMs: 50 });
    const late = await post(running, script('deaf'));
    expect(late.status).toBe(504);
    expect((await post(running, script('count 1'))).status).toBe(200);
  });

  it('refuses to start with a model that does not load', async () => {
    await expect(start({ model: { ref: 'broken' } })).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
    });
  });
});

describe('stopping', () => {
  it('lets running answers end and takes no new ones', async () => {
    const running = await start();
    const last = post(running, script('count 40'));
    await untilHealth(running, { running: 1 });
    const closed = running.close();
    await expect(health(running)).rejects.toThrow();
    expect((await answerOf(await last)).split(' ')).toHaveLength(40);
    await closed;
    expect(running.inferencePids()).toEqual([]);
  });

  it('gives up on answers that take longer than the time of grace', async () => {
    const running = await start();
    const last = endless(running);
    await untilHealth(running, { running: 1 });
    await running.close(20);
    expect((await last).status).toBe(503);
  });
});
