import { connect } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiErrorBody, RunningServer } from '../src/index.js';
import { health, pictureUrl, post, startTiny, untilHealth } from './start.js';

let server: RunningServer;
const log: string[] = [];
beforeAll(async () => {
  server = await startTiny({
    limits: { uploadTimeoutMs: 1000, maxBodyBytes: 2 ** 20 },
    onLog: (line) => log.push(line),
  });
});
afterAll(() => server.close(0));

const user = (content: unknown, extra: object = {}) => ({
  model: 'tiny',
  messages: [{ role: 'user', content }],
  ...extra,
});
const picture = (url: unknown) => ({ type: 'image_url', image_url: { url } });
const base64 = (bytes: Uint8Array) =>
  `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
const pruned = (autoprune: object) =>
  user([picture(pictureUrl(0)), { type: 'text', text: 'What?' }], { autoprune });

/** A PNG of a few bytes that claims 60 000 × 60 000 pixels. */
async function pictureBomb(): Promise<string> {
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  png.writeUInt32BE(60_000, 16);
  png.writeUInt32BE(60_000, 20);
  return base64(png);
}

/** Sends a raw request and reads what comes back until the server closes the connection. */
function raw(text: string, keepOpen = true): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(text);
      if (!keepOpen) socket.end();
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      answer += part;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const HEAD =
  'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json';

const bad: [name: string, status: number, code: string, body: unknown][] = [
  ['nothing', 400, 'request_invalid', ''],
  ['half of a JSON text', 400, 'request_invalid', '{"model": "tiny", "messages": ['],
  ['a number', 400, 'request_invalid', '5'],
  ['null', 400, 'request_invalid', 'null'],
  ['bytes that are no text', 400, 'request_invalid', '\u0000\uffff{'],
  ['no messages', 400, 'request_invalid', { model: 'tiny', messages: [] }],
  ['messages as an object', 400, 'request_invalid', { model: 'tiny', messages: { length: 5 } }],
  ['an unknown role', 400, 'request_invalid', { model: 'tiny', messages: [{ role: 'tool' }] }],
  ['an unknown part', 400, 'request_invalid', user([{ type: 'file', file: '/etc/passwd' }])],
  ['an unknown model', 404, 'model_not_found', { ...user('Hi'), model: '../../etc/passwd' }],
  ['several answers', 400, 'request_invalid', user('Hi', { n: 2 })],
  ['tools', 400, 'request_invalid', user('Hi', { tools: [{ type: 'function' }] })],
  ['too many tokens', 400, 'request_invalid', user('Hi', { max_tokens: 1e9 })],
  ['no end of tokens', 400, 'request_invalid', user('Hi', { max_tokens: -1 })],
  [
    'an answer to come',
    400,
    'prompt_invalid',
    { model: 'tiny', messages: [{ role: 'assistant', content: 'Hi' }] },
  ],
  ['a text that is too long', 400, 'prompt_too_long', user('word '.repeat(30_000))],
  ['more text than the model reads', 400, 'prompt_too_long', user('word '.repeat(15_000))],
  ['places for pictures in the text', 400, 'picture_count', user('<image> What is this?')],
  ['1e6 pictures', 413, 'request_too_large', user(Array(1e6).fill(picture('data:,')))],
  ['as many pictures as fit', 400, 'picture_limit', user(Array(4000).fill(picture('data:,')))],
  ['deep JSON', 400, 'json_too_deep', '['.repeat(1e6)],
  ['deep JSON in a field', 400, 'json_too_deep', `{"a":${'{"a":'.repeat(100)}1${'}'.repeat(101)}`],
  ['half a million values', 400, 'json_too_many_values', `[${'0,'.repeat(500_000)}0]`],
  ['a body above the limit', 413, 'request_too_large', user('x'.repeat(2 ** 20))],
  ['a picture elsewhere', 400, 'picture_url_refused', user([picture('http://127.0.0.1/x.png')])],
  [
    'a picture of the cloud',
    400,
    'picture_url_refused',
    user([picture('http://169.254.169.254/latest')]),
  ],
  ['a picture of the disk', 400, 'picture_url_refused', user([picture('file:///etc/passwd')])],
  ['a path as a picture', 400, 'picture_url_refused', user([picture('/etc/passwd')])],
  [
    'a page as a picture',
    400,
    'picture_url_invalid',
    user([picture('data:text/html;base64,PGI+')]),
  ],
  [
    'a picture that is no base64',
    400,
    'picture_url_invalid',
    user([picture('data:image/png;base64,$$$$')]),
  ],
  ['an empty picture', 400, 'picture_url_invalid', user([picture('data:image/png;base64,')])],
  [
    'a picture of noise',
    400,
    'picture_unreadable',
    user([picture(base64(new Uint8Array(999).fill(7)))]),
  ],
  [
    'an SVG that reads a file',
    400,
    'picture_unreadable',
    user([
      picture(
        base64(
          Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>'),
        ),
      ),
    ]),
  ],
  ['an unknown method', 400, 'method_unknown', pruned({ method: 'constructor' })],
  ['no method', 400, 'request_invalid', pruned({ method: [] })],
  ['an unknown parameter', 400, 'parameter_invalid', pruned({ parameters: { nothing: 1 } })],
  [
    'a parameter of the prototype',
    400,
    'parameter_invalid',
    pruned({ parameters: { constructor: 1 } }),
  ],
  ['a budget of nothing', 400, 'budget_invalid', pruned({ budget: 'flops=0' })],
  ['a budget that cannot be', 400, 'budget_invalid', pruned({ budget: 'tokens' })],
  ['a budget above the picture', 400, 'budget_invalid', pruned({ budget: 'meanLeaving=100000' })],
  ['an unknown extension', 400, 'request_invalid', pruned({ methods: 'fastv' })],
];

describe('a bad request', () => {
  it.each(bad)('%s is answered with %i %s', async (_, status, code, body) => {
    const response = await post(server, body);
    const answer = (await response.json()) as ApiErrorBody;
    expect(answer).toEqual({
      error: {
        message: expect.stringMatching(/.{10,}/),
        type: 'invalid_request_error',
        param: answer.error.param,
        code,
      },
    });
    expect(response.status).toBe(status);
  });

  it('of a picture that claims to be huge is refused before it is decoded', async () => {
    const response = await post(server, user([picture(await pictureBomb())]));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'picture_too_large' } });
  });

  it('of another type is refused, so that a page of the web cannot send it unasked', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await post(server, user('Hi'), { headers })).status).toBe(415);
    expect(
      (await post(server, user('Hi'), { headers: { 'content-encoding': 'gzip' } })).status,
    ).toBe(415);
  });

  it('of unknown length is refused when it grows too long', async () => {
    const part = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const answer = await raw(
      `${HEAD}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${part.repeat(300)}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that arrives too slowly is ended, and its place is free', async () => {
    const answer = raw(`${HEAD}\r\nContent-Length: 1000\r\n\r\n{"model"`);
    await untilHealth(server, { waiting: 1 });
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    await untilHealth(server, { waiting: 0 });
  });

  it('that ends too early leaves nothing behind', async () => {
    await raw(`${HEAD}\r\nContent-Length: 1000\r\n\r\n{"model"`, false);
    await untilHealth(server, { waiting: 0, running: 0 });
  });

  it('that is no HTTP is refused', async () => {
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/v1/../../x',
    '//etc/passwd',
    '/\\..\\x',
    '/%00',
    '/%',
  ])('for %s finds nothing', async (path) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain('root:');
  });

  it('under another name is refused: a page of the web that points its name here', async () => {
    const answer = await raw(
      'GET /v1/models HTTP/1.1\r\nHost: evil.example:8000\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('host_not_allowed');
  });

  it('leaves a server that still answers and has logged nothing of its own', async () => {
    expect(await health(server)).toMatchObject({ status: 'ok', running: 0, waiting: 0 });
    const response = await post(
      server,
      user([picture(pictureUrl(0)), { type: 'text', text: 'How many?' }]),
    );
    expect(response.status).toBe(200);
    expect(log).toEqual([]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).not.toMatch(/status="5\d\d"/);
    expect(metrics).toContain('autoprune_inference_restarts_total 0');
  });
});
