import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { type AnswerPicture, type AnswerRequest, hashFile } from '@autoprune/eval';
import { z } from 'zod';
import { type AnswerSettings, settingsSchema } from './settings.js';

const contentSchema = z.union([
  z.string(),
  z.array(
    z.union([
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('image') }),
    ]),
  ),
]);

/** A picture as a whole path with its hash, or as base64 where it came with the data. */
const pictureSchema = z.union([
  z.object({ path: z.string(), sha256: z.string() }),
  z.object({ base64: z.string() }),
]);

/** A question as it lies in the queue, with all that decides its answer. */
export const jobSchema = z.object({
  settings: settingsSchema,
  messages: z.union([
    z.string(),
    z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: contentSchema })),
  ]),
  images: z.array(pictureSchema),
  maxNewTokens: z.int().min(1),
});

type Job = z.infer<typeof jobSchema>;
type Message = Exclude<AnswerRequest['messages'], string>[number];

const copyMessage = ({ role, content }: Message) => ({
  role,
  content: typeof content === 'string' ? content : [...content],
});

async function pictureOf(image: AnswerPicture): Promise<z.infer<typeof pictureSchema>> {
  if (typeof image !== 'string') return { base64: Buffer.from(image).toString('base64') };
  const path = resolve(image);
  return { path, sha256: await hashFile(path) };
}

/** A request as a job. */
export async function jobOf(
  settings: AnswerSettings,
  { messages, images, maxNewTokens }: AnswerRequest,
): Promise<Job> {
  return {
    settings,
    messages: typeof messages === 'string' ? messages : messages.map(copyMessage),
    images: await Promise.all(images.map(pictureOf)),
    maxNewTokens,
  };
}

async function openPicture(picture: z.infer<typeof pictureSchema>): Promise<AnswerPicture> {
  if ('base64' in picture) return new Uint8Array(Buffer.from(picture.base64, 'base64'));
  const { path, sha256 } = picture;
  if ((await hashFile(path)) === sha256) return path;
  throw new AutopruneError(
    'DATA_INVALID',
    `${path}: a worker does not see the file that the run was started with; share the folder under the same path`,
    { path },
  );
}

/**
 * A job as a request.
 *
 * @throws DATA_INVALID when a picture is another one here, or absent
 */
export async function requestOf({ messages, images, maxNewTokens }: Job): Promise<AnswerRequest> {
  return { messages, images: await Promise.all(images.map(openPicture)), maxNewTokens };
}

/** The id of a job: the same question of the same run is never twice in a queue. */
export function jobId(job: Job): string {
  return `question-${createHash('sha256').update(JSON.stringify(job)).digest('hex')}`;
}
