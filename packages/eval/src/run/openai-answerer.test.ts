import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readFailures } from './failures.js';
import { runIdentity } from './identity.js';
import { openAiAnswerer } from './openai-answerer.js';
import { runQuestions } from './run-questions.js';

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
    tries: 4,
  });
  const ask = () =>
    answerer.generate({
      messages: 'What is it?',
      images: [Uint8Array.of(0x89, 0x50, 0x4e, 0x47)],
      maxNewTokens: 8,
    });
  return { ask, bodies, answerer };
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
    const { ask, bodies } = await endpoint(status(429), status(500), hangs, streams);
    expect(await ask()).toMatchObject({ answer: 'A circlé' });
    expect(bodies).toHaveLength(4);
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

/** The text of the last part of a request, which says what the stub does. */
const questionOf = ({ messages }: { messages: { content: object[] }[] }): string =>
  (messages[0]!.content.at(-1) as { text: string }).text;

describe('a run against an endpoint', () => {
  const behaviours: Readonly<Record<string, RequestListener>> = {
    streams,
    busy: status(429),
    fails: status(500),
    hangs,
    nonsense: says('<html>'),
    silent: (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
  };

  it('answers what was answered, and says of every other question what happened', async () => {
    const names = Object.keys(behaviours);
    const { answerer, bodies } = await endpoint((request, response) => {
      behaviours[questionOf(bodies.at(-1)!)]!(request, response);
    });
    const asked = names.map((name) => ({ id: name, text: name, images: [], maxNewTokens: 4 }));
    const folder = mkdtempSync(join(tmpdir(), 'autoprune-endpoint-'));
    const { answered, total, failures, answerFile } = await runQuestions({
      answerer,
      identity: runIdentity({ endpoint: 'stub' }),
      questions: asked,
      modelId: 'stub',
      folder,
      pictureFolder: folder,
      concurrency: names.length,
      tries: 1,
    });
    expect({ answered, total }).toEqual({ answered: 1, total: names.length });
    expect(
      readFileSync(answerFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([expect.objectContaining({ question_id: 'streams', text: 'A circlé' })]);
    const messages = Object.fromEntries(failures.map(({ id, message }) => [id, message]));
    expect(messages).toEqual({
      busy: expect.stringContaining('status 429: busy'),
      fails: expect.stringContaining('status 500: busy'),
      hangs: expect.stringContaining('sent nothing for 200 ms'),
      nonsense: expect.stringContaining('something else than a chat completion'),
      silent: expect.stringContaining('ended without a finish reason'),
    });
    expect(await readFailures(folder)).toHaveLength(failures.length);
  });
});
