import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../src/index.js';
import { post, script, startScripted } from './start.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startScripted({ modelName: 'my-model', apiKeys: ['key'] });
});
afterAll(() => server.close(0));

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, { headers });

it('describes its routes as OpenAPI, with the limits in force', async () => {
  const document = (await (await get('/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, object>;
    components: { schemas: Record<string, { properties: Record<string, object> }> };
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toEqual([
    '/health',
    '/v1/chat/completions',
    '/v1/models',
  ]);
  const { properties } = document.components.schemas.ChatCompletionRequest!;
  expect(JSON.stringify(properties.max_tokens)).toContain('"maximum":1024');
  expect(properties).toHaveProperty('autoprune');
});

it('asks for a key where there is something to ask or to learn, and nowhere else', async () => {
  for (const path of ['/v1/models', '/v1/anything', '/metrics']) {
    const refused = await get(path);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  }
  for (const path of ['/health', '/openapi.json']) expect((await get(path)).status).toBe(200);
  expect((await post(server, script('count 1'))).status).toBe(401);
  expect((await get('/v1/models', { authorization: 'Bearer key' })).status).toBe(200);
});

it('answers under the name that it was given', async () => {
  const headers = { authorization: 'Bearer key' };
  const ask = (model: string) => post(server, { ...script('count 1'), model }, { headers });
  expect((await ask('tiny')).status).toBe(404);
  expect(await (await ask('my-model')).json()).toMatchObject({ model: 'my-model' });
});

it('counts requests by route and never by what a client makes up', async () => {
  await get('/made-up/by-a-client');
  const text = await (await get('/metrics', { authorization: 'Bearer key' })).text();
  expect(text).toMatch(/autoprune_requests_total\{route="other",status="404"\} \d/);
  expect(text).not.toContain('made-up');
});

it('gives every answer an id and headers that keep a browser strict', async () => {
  const { headers } = await get('/health');
  expect(headers.get('x-request-id')).toMatch(/\S/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
