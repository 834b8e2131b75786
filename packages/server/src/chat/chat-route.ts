import { AutopruneError } from '@autoprune/core';
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { streamSSE } from 'hono/streaming';
import { apiErrorOf } from '../http/api-error.js';
import { readBody } from '../http/read-body.js';
import type { InferencePool } from '../inference/inference-pool.js';
import type { AnswerPart, AnswerResult } from '../inference/protocol.js';
import type { Ticket } from '../inference/slot-queue.js';
import type { ServerLimits } from '../limits.js';
import { type CompletionHead, chunksOf, completionHead, completionOf } from './completion.js';
import { type AnswerDefaults, readChatRequest } from './read-request.js';
import { chatRequestSchema } from './request-schema.js';
import { chunkSchema, completionSchema, errorSchema } from './response-schema.js';

/** What the chat route works with. */
export interface ChatServices {
  readonly pool: InferencePool;
  readonly limits: ServerLimits;
  readonly defaults: AnswerDefaults;
  /** Name that requests call the model by. */
  readonly modelName: string;
  /** True when no new request is taken. */
  readonly stopping: () => boolean;
  readonly onAnswer: (result: AnswerResult, seconds: number) => void;
  readonly onFailure: (error: unknown) => void;
}

interface ChatVariables {
  Variables: { ticket: Ticket; keepTicket: () => void };
}

const ERRORS = {
  400: 'The request cannot be answered as it is',
  401: 'No valid API key',
  404: 'There is no such model here',
  413: 'The body is too large',
  415: 'The body is not plain JSON',
  429: 'The line is full; Retry-After says when to come again',
  500: 'The server or its inference process failed',
  503: 'The model is not available',
  504: 'The answer took too long',
} as const;

function chatRoute(limits: ServerLimits) {
  return createRoute({
    method: 'post',
    path: '/v1/chat/completions',
    summary: 'Answers a conversation with pictures',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: chatRequestSchema(limits) } },
      },
    },
    responses: {
      200: {
        description:
          'The answer; with stream, server-sent events that end with [DONE]. A failure in the middle is an event with an error.',
        content: {
          'application/json': { schema: completionSchema },
          'text/event-stream': { schema: chunkSchema },
        },
      },
      ...Object.fromEntries(
        Object.entries(ERRORS).map(([status, description]) => [
          status,
          { description, content: { 'application/json': { schema: errorSchema } } },
        ]),
      ),
    },
  });
}

/** Takes a request in before its body is read, so that what is held in memory is bounded by the line. */
function admission({ pool, stopping }: ChatServices) {
  return createMiddleware<ChatVariables>(async (context, next) => {
    if (stopping()) {
      throw new AutopruneError('SERVER_STOPPING', 'The server is stopping; ask another one');
    }
    const ticket = pool.queue.admit();
    let kept = false;
    context.set('ticket', ticket);
    context.set('keepTicket', () => {
      kept = true;
    });
    await next();
    if (!kept) ticket.release();
  });
}

/** Adds `POST /v1/chat/completions`. */
export function addChatRoute(app: OpenAPIHono, services: ChatServices): void {
  const { pool, limits, defaults, modelName, onAnswer } = services;
  const route = chatRoute(limits);
  app.use(route.path, admission(services), ...readBody(limits));
  app.openapi(route, async (context) => {
    const started = performance.now();
    const body = context.req.valid('json');
    if (body.model !== modelName) {
      throw new AutopruneError(
        'MODEL_NOT_FOUND',
        `There is no model ${body.model.slice(0, 80)} here; this server has ${modelName}`,
        { param: 'model' },
      );
    }
    const request = readChatRequest(body, defaults, limits);
    const { ticket, keepTicket } = (context as unknown as Context<ChatVariables>).var;
    const { signal } = context.req.raw;
    keepTicket();
    const reader = pool.answer(request, ticket, signal).getReader();
    const finished = (result: AnswerResult): void =>
      onAnswer(result, (performance.now() - started) / 1000);
    const head = completionHead(modelName);
    if (!body.stream) {
      const result = await lastPart(reader);
      finished(result);
      return context.json(completionOf(head, result), 200);
    }
    // What is wrong with a request shows before the first part: until then the status can still say it.
    const first = await reader.read();
    return streamChunks(context, services, reader, first.value!, {
      head,
      includeUsage: body.stream_options?.include_usage ?? false,
      finished,
    });
  });
}

async function lastPart(reader: ReadableStreamDefaultReader<AnswerPart>): Promise<AnswerResult> {
  for (;;) {
    const { value } = await reader.read();
    if (value?.type === 'finish') return value.result;
  }
}

interface Streaming {
  readonly head: CompletionHead;
  readonly includeUsage: boolean;
  readonly finished: (result: AnswerResult) => void;
}

function streamChunks(
  context: Context,
  { onFailure }: ChatServices,
  reader: ReadableStreamDefaultReader<AnswerPart>,
  first: AnswerPart,
  { head, includeUsage, finished }: Streaming,
): Response {
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => void reader.cancel());
    const write = (data: unknown) => stream.writeSSE({ data: JSON.stringify(data) });
    try {
      for (let part: AnswerPart | undefined = first; part; part = (await reader.read()).value) {
        for (const chunk of chunksOf(head, part, includeUsage)) await write(chunk);
        if (part.type === 'finish') finished(part.result);
      }
      if (!stream.aborted) await stream.writeSSE({ data: '[DONE]' });
    } catch (error) {
      if (stream.aborted) return;
      onFailure(error);
      await write(apiErrorOf(error).body);
    }
  });
}
