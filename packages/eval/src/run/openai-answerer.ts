import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AutopruneError } from '@autoprune/core';
import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { dataAddress } from '../files/data-address.js';
import type { Answered, Answerer, AnswerPicture, AnswerRequest } from './answerer.js';

/** How to reach an OpenAI-compatible endpoint. */
export interface EndpointOptions {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  /** Default 0. */
  readonly temperature?: number;
  /** Milliseconds without a byte before a request is given up. Default 60,000. */
  readonly idleTimeoutMs?: number;
  /** Tries after 408, 409, 429 and 5xx, and after a lost connection. Default 5. */
  readonly tries?: number;
  /** Milliseconds before the second try; doubled each time. Default 500. */
  readonly backoffMs?: number;
}

const choicesSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).optional(),
        message: z.object({ content: z.string().nullable() }).optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
});

const addressOf = async (picture: AnswerPicture): Promise<string> =>
  dataAddress(typeof picture === 'string' ? await readFile(picture) : picture);

function failure(message: string, details: object, cause?: unknown): AutopruneError {
  return new AutopruneError('ENDPOINT_FAILED', message, { ...details }, { cause });
}

/** Parses one message of the endpoint. */
function parseChunk(url: string, text: string): z.infer<typeof choicesSchema> {
  try {
    return choicesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw failure(`${url}: answered with something else than a chat completion`, { url }, cause);
  }
}

/** Reads a stream of events, or one JSON object. */
async function readAnswer(url: string, response: Response, alive: () => void): Promise<Answered> {
  let answer = '';
  let finishReason: string | undefined;
  const take = (text: string): void => {
    const [choice] = parseChunk(url, text).choices;
    answer += choice?.delta?.content ?? choice?.message?.content ?? '';
    finishReason = choice?.finish_reason ?? finishReason;
  };
  const isStream = response.headers.get('content-type')?.includes('text/event-stream');
  if (!isStream) {
    take(await response.text());
  } else {
    const parser = createParser({ onEvent: ({ data }) => data !== '[DONE]' && take(data) });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      alive();
      parser.feed(decoder.decode(bytes, { stream: true }));
    }
  }
  if (finishReason === undefined) {
    throw failure(`${url}: the answer ended without a finish reason`, { url, answer });
  }
  return { answer: answer.trim(), finishReason };
}

const isTemporary = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500;

/** Milliseconds that the endpoint asks for, where it does. */
function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : undefined;
}

/** A conversation with each picture in its place. */
function wireMessages({ messages }: AnswerRequest, addresses: readonly string[]): object[] {
  const picture = (url: string | undefined): object => ({ type: 'image_url', image_url: { url } });
  if (typeof messages === 'string') {
    const content = [...addresses.map(picture), { type: 'text', text: messages }];
    return [{ role: 'user', content }];
  }
  const queue = addresses.values();
  return messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === 'string'
        ? content
        : content.map((part) => (part.type === 'text' ? part : picture(queue.next().value))),
  }));
}

/** The body of a chat completion. */
async function bodyOf(options: EndpointOptions, request: AnswerRequest): Promise<string> {
  const addresses = await Promise.all(request.images.map(addressOf));
  return JSON.stringify({
    model: options.model,
    messages: wireMessages(request, addresses),
    max_tokens: request.maxNewTokens,
    temperature: options.temperature ?? 0,
    stream: true,
  });
}

/** One try: an answer, or how long to wait before the next. */
async function tryOnce(
  url: string,
  options: EndpointOptions,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Answered | { readonly error: AutopruneError; readonly waitMs?: number | undefined }> {
  const idle = new AbortController();
  const { idleTimeoutMs = 60_000, apiKey } = options;
  let timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), idleTimeoutMs);
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body,
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
    });
    if (response.ok) return await readAnswer(url, response, alive);
    const text = (await response.text()).slice(0, 200);
    const error = failure(`${url}: status ${response.status}: ${text}`, {
      url,
      status: response.status,
    });
    if (!isTemporary(response.status)) throw error;
    return { error, waitMs: retryAfterMs(response) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (AutopruneError.isInstance(cause)) throw cause;
    const reason = idle.signal.aborted
      ? `sent nothing for ${idleTimeoutMs} ms`
      : `could not be reached (${(cause as Error).message})`;
    return { error: failure(`${url}: ${reason}`, { url }, cause) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * An answerer behind an OpenAI-compatible endpoint (`/chat/completions`, streamed). Temporary failures are tried again
 * with growing pauses.
 *
 * Answers reject with ENDPOINT_FAILED naming the address and what came back.
 */
export function openAiAnswerer(options: EndpointOptions): Answerer {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const { tries = 5, backoffMs = 500 } = options;
  return {
    async generate(request) {
      const body = await bodyOf(options, request);
      for (let attempt = 1; ; attempt++) {
        const outcome = await tryOnce(url, options, body, request.signal);
        if ('answer' in outcome) return outcome;
        if (attempt >= tries) throw outcome.error;
        const waitMs = outcome.waitMs ?? backoffMs * 2 ** (attempt - 1);
        await sleep(waitMs, undefined, request.signal ? { signal: request.signal } : {});
      }
    },
  };
}
