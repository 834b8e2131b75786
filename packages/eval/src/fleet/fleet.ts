import { Queue, QueueEvents, Worker } from 'bullmq';
import { z } from 'zod';
import type { Answered, Answerer } from '../run/answerer.js';
import { redisConnection, requireReady } from './connection.js';
import { jobId, jobOf, jobSchema, requestOf } from './job.js';
import { untilAborted } from './until-aborted.js';

/** Where the work lies. */
export interface FleetOptions {
  /** `redis://host:port`. */
  readonly address: string;
  /** Name of the queue; see {@link fleetQueue}. */
  readonly queue: string;
  /** Told of trouble with the connection, which is tried again. */
  readonly onError?: (error: Error) => void;
}

/** What a worker needs besides. */
export interface FleetWorkerOptions extends FleetOptions {
  readonly answerer: Answerer;
  /** Questions at a time. Default 1. */
  readonly concurrency?: number;
  /** After so many milliseconds without a sign of life, a worker's questions go to others. Default 30,000. */
  readonly lockMs?: number;
}

const KEEP_SECONDS = 24 * 60 * 60;
const DEFAULT_LOCK_MS = 30_000;
/** A question that ends its worker every time must not end them all. */
const MOST_LOST_WORKERS = 5;

const answeredSchema = z.looseObject({ answer: z.string() });

/** A worker's answer, which came as JSON. */
const parseAnswer = (value: unknown): Answered => answeredSchema.parse(value) as Answered;

/**
 * An answerer whose questions are answered by workers anywhere, for `runQuestions` with a `concurrency` of at least the
 * number of workers. A question that lies in the queue already, from a run that was killed, is not put there again, and
 * its answer is used. Pictures are sent as paths, so workers must see the same files.
 *
 * @throws ARGUMENT_INVALID for an address that is none
 * @throws REDIS_UNREACHABLE when nothing answers there
 */
export async function openFleet({
  address,
  queue: name,
  onError,
}: FleetOptions): Promise<Answerer & AsyncDisposable> {
  const connection = redisConnection(address);
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  queue.on('error', (error) => onError?.(error));
  events.on('error', (error) => onError?.(error));
  await requireReady(events.waitUntilReady(), connection);
  const put = async (data: ReturnType<typeof jobOf>) => {
    const id = jobId(data);
    const earlier = await queue.getJob(id);
    if (earlier && (await earlier.isFailed())) await earlier.remove();
    const options = { jobId: id, removeOnComplete: { age: KEEP_SECONDS } };
    return queue.add('question', data, options);
  };
  return {
    generate: async (request) => {
      const job = await put(jobOf(request));
      return parseAnswer(await untilAborted(job.waitUntilFinished(events), request.signal));
    },
    [Symbol.asyncDispose]: async () => {
      await events.close();
      await queue.close();
    },
  };
}

/**
 * Answers questions of a queue until disposed, which waits for the question in work.
 *
 * @throws ARGUMENT_INVALID for an address that is none
 * @throws REDIS_UNREACHABLE when nothing answers there
 */
export async function startFleetWorker(options: FleetWorkerOptions): Promise<AsyncDisposable> {
  const { address, queue, answerer, concurrency = 1, lockMs = DEFAULT_LOCK_MS, onError } = options;
  const connection = redisConnection(address);
  const worker = new Worker(
    queue,
    (job) => Promise.resolve(answerer.generate(requestOf(jobSchema.parse(job.data)))),
    {
      connection,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: MOST_LOST_WORKERS,
    },
  );
  worker.on('error', (error) => onError?.(error));
  await requireReady(worker.waitUntilReady(), connection);
  return { [Symbol.asyncDispose]: () => worker.close() };
}
