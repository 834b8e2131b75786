import { resolve } from 'node:path';
import { z } from 'zod';
import type { AnswerRequest } from '../run/answerer.js';
import { runIdentity, sha256 } from '../run/identity.js';

const contentSchema = z.union([
  z.string(),
  z.array(
    z.union([
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('image') }),
    ]),
  ),
]);

/** A question as it lies in the queue: pictures as whole paths, or as base64 where they came with the data. */
export const jobSchema = z.object({
  messages: z.union([
    z.string(),
    z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: contentSchema })),
  ]),
  images: z.array(z.union([z.object({ path: z.string() }), z.object({ base64: z.string() })])),
  maxNewTokens: z.int().min(1),
});

type Job = z.infer<typeof jobSchema>;

/** A request as a job. */
export function jobOf({ messages, images, maxNewTokens }: AnswerRequest): Job {
  return {
    messages: typeof messages === 'string' ? messages : messages.map(copyMessage),
    images: images.map((image) =>
      typeof image === 'string'
        ? { path: resolve(image) }
        : { base64: Buffer.from(image).toString('base64') },
    ),
    maxNewTokens,
  };
}

type Message = Exclude<AnswerRequest['messages'], string>[number];

const copyMessage = ({ role, content }: Message) => ({
  role,
  content: typeof content === 'string' ? content : [...content],
});

/** A job as a request. */
export function requestOf({ messages, images, maxNewTokens }: Job): AnswerRequest {
  return {
    messages,
    images: images.map((image) =>
      'path' in image ? image.path : new Uint8Array(Buffer.from(image.base64, 'base64')),
    ),
    maxNewTokens,
  };
}

/** The id of a job: the same question is never twice in a queue. */
export function jobId(job: Job): string {
  return `question-${sha256(JSON.stringify(job))}`;
}

/**
 * The queue of an answerer: workers with other settings take from another one, so their answers never mix.
 *
 * @param answerer  everything that decides its answers, as in the identity of a run
 */
export function fleetQueue(answerer: Readonly<Record<string, unknown>>): string {
  return `autoprune-${runIdentity(answerer).hash.slice(0, 16)}`;
}
