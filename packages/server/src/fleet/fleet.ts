import type { Answered, Answerer } from '@autoprune/eval';
import { z } from 'zod';
import { VERSION } from '../version.js';
import { redisConnection, requireListening, requireReady } from './connection.js';
import { importBullmq } from './import-bullmq.js';
import { jobId, jobOf } from './job.js';
import type { AnswerSettings } from './settings.js';
import { untilAborted } from './until-aborted.js';

/** Where the work lies. */
export interface FleetAddress {
  /** `redis://host:port`. */
  readonly address: string;
  /** Name of the queue. Default {@link FLEET_QUEUE}. */
  readonly queue?: string;
  /** Told of trouble with the connection, which is tried again. */
  readonly onError?: (error: Error) => void;
}

/** What decides the answers besides. */
export interface FleetOptions extends FleetAddress {
  readonly settings: AnswerSettings;
}

/** An answerer whose questions are answered by workers. */
export interface Fleet extends Answerer, AsyncDisposable {
  /** Workers that listen now. */
  workers(): Promise<number>;
}

/** The queue of this version: a worker of another one might answer differently. */
export const FLEET_QUEUE = `autoprune-${VERSION}`;

const KEEP_SECONDS = 24 * 60 * 60;

const answeredSchema = z.looseObject({ answer: z.string() });

/** A worker's answer, which came as JSON. */
const parseAnswer = (value: unknown): Answered => answeredSchema.parse(value) as Answered;

/**
 * An answerer whose questions are answered by workers anywhere, for `runQuestions` with a `concurrency` of at least the
 * number of workers. A question that lies in the queue already, from a run that was killed, is not put there again, and
 * its answer is used. Pictures are sent as paths with their hashes, so workers must see the same files.
 *
 * @throws PACKAGE_NOT_FOUND where bullmq is not installed
 * @throws ARGUMENT_INVALID for an address that is none
 * @throws REDIS_UNREACHABLE when nothing answers there
 */
export async function openFleet({
  address,
  queue: name = FLEET_QUEUE,
  settings,
  onError,
}: FleetOptions): Promise<Fleet> {
  const connection = redisConnection(address);
  await requireListening(connection);
  const { Queue, QueueEvents } = await importBullmq();
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  const close = async (): Promise<void> => {
    await events.close();
    await queue.close();
  };
  queue.on('error', (error) => onError?.(error));
  events.on('error', (error) => onError?.(error));
  await requireReady(events.waitUntilReady(), connection);
  const put = async (data: Awaited<ReturnType<typeof jobOf>>) => {
    const id = jobId(data);
    const earlier = await queue.getJob(id);
    if (earlier && (await earlier.isFailed())) await earlier.remove();
    const options = { jobId: id, removeOnComplete: { age: KEEP_SECONDS } };
    return queue.add('question', data, options);
  };
  return {
    generate: async (request) => {
      const job = await put(await jobOf(settings, request));
      return parseAnswer(await untilAborted(job.waitUntilFinished(events), request.signal));
    },
    workers: () => queue.getWorkersCount(),
    [Symbol.asyncDispose]: close,
  };
}
