import { appendFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { isThere } from '../files/is-there.js';
import { readJsonLines } from '../files/read-json.js';
import { readJudgeReplies } from './reply.js';

/** Which endpoint to ask, and how. */
export interface JudgeEndpoint {
  /** Up to and with `/v1`, of any OpenAI-compatible server. */
  readonly address: string;
  /** Sent as a bearer token; none by default. */
  readonly key?: string;
  /** Requests at a time; 4 by default. */
  readonly concurrency?: number;
  /** Tries of one request before it counts as failed; 5 by default. */
  readonly tries?: number;
  /** Pause before the second try in milliseconds, doubled for each further one; 1000 by default. */
  readonly firstPauseMs?: number;
  readonly signal?: AbortSignal;
}

/** What became of a request file. */
export interface JudgeRun {
  readonly answered: number;
  /** Requests with a reply from before. */
  readonly skipped: number;
  /** Requests without a reply after all tries, with the last reason; asked again on the next run. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

const lineSchema = z.object({ custom_id: z.string(), body: z.record(z.string(), z.unknown()) });
const replySchema = z.object({
  model: z.string().default('unknown'),
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;
const isTemporary = (status: number): boolean =>
  status === TOO_MANY_REQUESTS || status >= FIRST_SERVER_ERROR;

type Attempt =
  | { readonly content: string; readonly model: string }
  | { readonly reason: string; readonly retry: boolean };

async function ask(endpoint: JudgeEndpoint, body: unknown): Promise<Attempt> {
  const { address, key, signal } = endpoint;
  try {
    const response = await fetch(`${address.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    if (!response.ok) {
      return { reason: `status ${response.status}`, retry: isTemporary(response.status) };
    }
    const parsed = replySchema.safeParse(await response.json());
    if (!parsed.success) return { reason: 'a reply without a message', retry: true };
    const { model, choices } = parsed.data;
    return { model, content: choices[0]!.message.content };
  } catch (cause) {
    if (signal?.aborted) throw cause;
    return { reason: (cause as Error).message, retry: true };
  }
}

async function askUntilAnswered(endpoint: JudgeEndpoint, body: unknown): Promise<Attempt> {
  const { tries = 5, firstPauseMs = 1000, signal } = endpoint;
  let attempt = await ask(endpoint, body);
  for (let tried = 1; tried < tries && 'retry' in attempt && attempt.retry; tried++) {
    await wait(firstPauseMs * 2 ** (tried - 1), undefined, signal ? { signal } : {});
    attempt = await ask(endpoint, body);
  }
  return attempt;
}

/**
 * Has an endpoint answer a request file. Each reply is appended to the reply file as a whole line at once, so that an
 * interrupted run goes on where it was; requests with a recorded reply are not asked again.
 *
 * @param requests  path of a file by `writeJudgeRequests`
 * @param replies  path of the file to append to: lines of `id`, `content`, `model`, `date`
 * @throws DATA_INVALID, ARGUMENT_INVALID, or the signal's reason
 */
export async function askJudge(
  requests: string,
  replies: string,
  endpoint: JudgeEndpoint,
): Promise<JudgeRun> {
  const { concurrency = 4 } = endpoint;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `concurrency must be a whole number from 1, but is ${concurrency}`,
      { concurrency },
    );
  }
  const lines = await readJsonLines(requests, lineSchema);
  const known = (await isThere(replies)) ? await readJudgeReplies(replies) : new Map();
  const open = lines.filter(({ custom_id: id }) => !known.has(id));
  const failed: { id: string; reason: string }[] = [];
  const queue = open.values();
  const work = async (): Promise<void> => {
    for (const { custom_id: id, body } of queue) {
      const attempt = await askUntilAnswered(endpoint, body);
      if ('reason' in attempt) {
        failed.push({ id, reason: attempt.reason });
        continue;
      }
      const date = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
      await appendFile(replies, `${JSON.stringify({ id, ...attempt, date })}\n`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return {
    answered: open.length - failed.length,
    skipped: lines.length - open.length,
    failed,
  };
}
