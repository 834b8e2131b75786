import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type LlavaModel, loadModel } from '@autoprune/llava';
import { APICallError, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Completion, RunningServer } from '../src/index.js';
import { picturePath, pictureUrl, startTiny, untilHealth } from './start.js';

const QUESTION = 'How many triangles are there?';
const KEY = 'a-key-of-this-test';
let server: RunningServer;
let model: LlavaModel;
let openai: OpenAI;

beforeAll(async () => {
  [server, model] = await Promise.all([startTiny({ apiKeys: ['other', KEY] }), loadModel('tiny')]);
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(async () => {
  await Promise.all([server.close(0), model.release()]);
});

const image = (index: number) => ({
  type: 'image_url' as const,
  image_url: { url: pictureUrl(index) },
});
const user = (...indices: number[]) => ({
  role: 'user' as const,
  content: [...indices.map(image), { type: 'text' as const, text: QUESTION }],
});
/** Long, because what is drawn at this temperature seldom ends. */
const LONG = { temperature: 2, max_tokens: 1000, seed: 3 };

describe('the client openai', () => {
  it('gets the answer that the model gives, with what was pruned and what it cost', async () => {
    const completion = (await openai.chat.completions.create({
      model: 'tiny',
      messages: [user(0)],
      autoprune: { method: 'autoprune', budget: 'meanLeaving=48' },
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)) as unknown as Completion;
    const expected = await model.generate({
      messages: QUESTION,
      images: [picturePath(0)],
      method: 'autoprune',
      budget: { kind: 'meanLeaving', value: 48 },
    });
    expect(completion.choices[0]?.message.content).toBe(expected.answer);
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.autoprune).toMatchObject({
      method: expected.method,
      layers: expected.layers,
      cost: expected.cost,
      tokens: expected.tokens,
    });
    expect(completion.usage).toMatchObject({
      prompt_tokens: expected.tokens.visual + expected.tokens.text,
      completion_tokens: expected.tokens.generated,
      prompt_tokens_details: { image_tokens: expected.tokens.visual },
    });
  });

  it('streams the same answer, the report first and the usage last', async () => {
    const request = { model: 'tiny', messages: [user(1)] };
    const whole = await openai.chat.completions.create(request);
    const stream = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks[0]).toMatchObject({ autoprune: { method: { name: 'autoprune' } } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-2)).toMatchObject({
      autoprune: { timings: { firstTokenMs: expect.any(Number) } },
    });
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
  });

  it('asks about several pictures over several turns, as the model itself does', async () => {
    const completion = await openai.chat.completions.create({
      model: 'tiny',
      max_tokens: 5,
      messages: [
        { role: 'system', content: 'Answer briefly.' },
        user(0, 1),
        { role: 'assistant', content: '2' },
        user(2),
      ],
    });
    const place = { type: 'image' as const };
    const text = { type: 'text' as const, text: QUESTION };
    const expected = await model.generate({
      messages: [
        { role: 'system', content: 'Answer briefly.' },
        { role: 'user', content: [place, place, text] },
        { role: 'assistant', content: '2' },
        { role: 'user', content: [place, text] },
      ],
      images: [0, 1, 2].map(picturePath),
      method: 'autoprune',
      maxNewTokens: 5,
    });
    expect(expected.tokens.visual).toBe(3 * 144);
    expect(completion.choices[0]?.message.content).toBe(expected.answer);
    expect(completion.usage?.total_tokens).toBe(
      Object.values(expected.tokens).reduce((sum, count) => sum + count, 0),
    );
  });

  it('shows on request which rows every layer kept', async () => {
    const completion = (await openai.chat.completions.create({
      model: 'tiny',
      messages: [user(0)],
      autoprune: { method: 'fastv', budget: { kind: 'meanLeaving', value: 48 }, trace: true },
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)) as unknown as Completion;
    for (const { kept, leaving } of completion.autoprune.layers) expect(kept).toHaveLength(leaving);
  });

  it('gives up a stream, and the slot is free', async () => {
    const stream = await openai.chat.completions.create({
      model: 'tiny',
      messages: [user(0)],
      stream: true,
      ...LONG,
    });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 3) break;
    await untilHealth(server, { running: 0, waiting: 0 });
  });

  it('gives up a whole answer with a signal', async () => {
    const stop = new AbortController();
    const answer = openai.chat.completions.create(
      { model: 'tiny', messages: [user(0)], ...LONG },
      { signal: stop.signal },
    );
    await untilHealth(server, { running: 1 });
    stop.abort();
    await expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await untilHealth(server, { running: 0, waiting: 0 });
  });

  it('reads errors as its own classes', async () => {
    const ask = (body: object) =>
      openai.chat.completions.create({ model: 'tiny', messages: [user(0)], ...body } as never);
    const unknownModel = ask({ model: 'gpt-4' });
    await expect(unknownModel).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(unknownModel).rejects.toMatchObject({ code: 'model_not_found', param: 'model' });
    const unknownMethod = ask({ autoprune: { method: 'fast' } });
    await expect(unknownMethod).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(unknownMethod).rejects.toThrow('did you mean fastv?');
    const wrong = ask({ temperature: 5 });
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'temperature' });
    const refused = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'wrong' }).models.list();
    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('lists the model', async () => {
    const { data } = await openai.models.list();
    expect(data.map(({ id }) => id)).toEqual(['tiny']);
  });

  it('learns that the process was killed in the middle of an answer, and the next one works', async () => {
    const answer = openai.chat.completions.create({ model: 'tiny', messages: [user(0)], ...LONG });
    await untilHealth(server, { running: 1 });
    for (const pid of server.inferencePids()) process.kill(pid, 'SIGKILL');
    await expect(answer).rejects.toMatchObject({ status: 500, code: 'inference_process_died' });
    const next = await openai.chat.completions.create({ model: 'tiny', messages: [user(0)] });
    expect(next.choices[0]?.message.content).toBeTruthy();
  });
});

describe('the client @ai-sdk/openai-compatible', () => {
  const chat = () =>
    createOpenAICompatible({
      name: 'autoprune',
      baseURL: `${server.url}/v1`,
      apiKey: KEY,
      includeUsage: true,
    }).chatModel('tiny');
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'image' as const, image: pictureUrl(0) },
        { type: 'text' as const, text: QUESTION },
      ],
    },
  ];

  it('answers about a picture with a method and a budget', async () => {
    const result = await generateText({
      model: chat(),
      messages,
      providerOptions: { autoprune: { autoprune: { method: 'fastv', budget: 'meanLeaving=48' } } },
    });
    expect(result.text).toMatch(/\S/);
    expect(result.finishReason).toBe('stop');
    const { autoprune } = result.response.body as Completion;
    expect(autoprune.method.name).toBe('fastv');
    expect(autoprune.cost.meanLeaving).toBeCloseTo(48, 0);
  });

  it('streams', async () => {
    const whole = await generateText({ model: chat(), messages });
    const result = streamText({ model: chat(), messages });
    let text = '';
    for await (const part of result.textStream) text += part;
    expect(text).toBe(whole.text);
    expect((await result.usage).inputTokens).toBe(whole.usage.inputTokens);
  });

  it('gives up', async () => {
    const stop = new AbortController();
    const result = streamText({
      model: chat(),
      messages,
      temperature: 2,
      maxOutputTokens: 1000,
      abortSignal: stop.signal,
      onError: () => {},
    });
    for await (const _ of result.textStream) {
      stop.abort();
      break;
    }
    await untilHealth(server, { running: 0, waiting: 0 });
  });

  it('reads errors', async () => {
    const failed = generateText({
      model: chat(),
      messages,
      maxRetries: 0,
      providerOptions: { autoprune: { autoprune: { budget: 'tokens=3' } } },
    });
    await expect(failed).rejects.toBeInstanceOf(APICallError);
    await expect(failed).rejects.toMatchObject({ statusCode: 400 });
  });
});
