import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openAiAnswerer } from './openai-answerer.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server whose n-th request is answered by the n-th handler; the last one stays. */
async function endpoint(...handlers: RequestListener[]) {
  const bodies: { messages: { content: object[] }[] }[] = [];
  server = createServer((request, response) => {
    const handler = handlers[Math.min(bodies.length, handlers.length - 1)]!;
    let text = '';
    request.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answerer = openAiAnswerer({
    baseUrl: `http://127.0.0.1:${port}/v1/`,
    model: 'stub',
    backoffMs: 1,
    idleTimeoutMs: 200,
    tries: 3,
  });
  const ask = () =>
    answerer.generate({
      messages: 'What is it?',
      images: [Uint8Array.of(0x89, 0x50, 0x4e, 0x47)],
      maxNewTokens: 8,
    });
  return { ask, bodies };
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ delta, finish_reason: finish }] })}\n\n`;

const streams: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant' }));
  response.write(chunk({ content: 'A circ' }).slice(0, 20));
  response.write(chunk({ content: 'A circ' }).slice(20));
  response.end(`${chunk({ content: 'lé' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
};
const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code, { 'retry-after': '0' }).end('busy');
const hangs: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ content: 'A' }));
};
const says =
  (text: string): RequestListener =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);

describe('openAiAnswerer', () => {
  it('sends pictures before the question and joins the streamed parts', async () => {
    const { ask, bodies } = await endpoint(streams);
    expect(await ask()).toEqual({ answer: 'A circlé', finishReason: 'stop' });
    expect(bodies[0]!.messages[0]!.content).toEqual([
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw==' } },
      { type: 'text', text: 'What is it?' },
    ]);
  });

  it('takes an endpoint that does not stream', async () => {
    const { ask } = await endpoint(
      says('{"choices":[{"message":{"content":" B "},"finish_reason":"length"}]}'),
    );
    expect(await ask()).toEqual({ answer: 'B', finishReason: 'length' });
  });

  it('tries again after 429, 500 and a stream that hangs', async () => {
    const { ask, bodies } = await endpoint(status(429), status(500), streams);
    expect(await ask()).toMatchObject({ answer: 'A circlé' });
    expect(bodies).toHaveLength(3);
  });

  it('says that an endpoint sent nothing', async () => {
    const { ask } = await endpoint(hangs);
    await expect(ask()).rejects.toMatchObject({
      code: 'ENDPOINT_FAILED',
      message: expect.stringContaining('sent nothing for 200 ms'),
    });
  });

  it('gives up at once on 401 and on nonsense', async () => {
    const refused = await endpoint(status(401));
    await expect(refused.ask()).rejects.toMatchObject({ details: { status: 401 } });
    expect(refused.bodies).toHaveLength(1);
    const nonsense = await endpoint(says('<html>'));
    await expect(nonsense.ask()).rejects.toMatchObject({
      message: expect.stringContaining('something else than a chat completion'),
    });
  });

  it('does not take an answer without an end for an answer', async () => {
    const { ask } = await endpoint(says('{"choices":[{"message":{"content":"half"}}]}'));
    await expect(ask()).rejects.toMatchObject({ code: 'ENDPOINT_FAILED' });
  });
});
