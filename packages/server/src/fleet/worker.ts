import { AutopruneError } from '@autoprune/core';
import type { Answered } from '@autoprune/eval';
import { type LlavaModel, type LoadModelOptions, loadModel, resolveModel } from '@autoprune/llava';
import { checkpointRevision } from './checkpoint-revision.js';
import { redisConnection, requireListening, requireReady } from './connection.js';
import { FLEET_QUEUE, type FleetAddress } from './fleet.js';
import { importBullmq } from './import-bullmq.js';
import { jobSchema, requestOf } from './job.js';
import { modelAnswerer } from './model-answerer.js';
import { type AnswerSettings, modelOptions } from './settings.js';

/** What a worker needs besides. */
export interface FleetWorkerOptions extends FleetAddress {
  /** How models are loaded on this machine. */
  readonly load?: Pick<LoadModelOptions, 'threads' | 'ignoreMemory'>;
  /** After so many milliseconds without a sign of life, a worker's question goes to another. Default 30,000. */
  readonly lockMs?: number;
}

const DEFAULT_LOCK_MS = 30_000;
/** A question that ends its worker every time must not end them all. */
const MOST_LOST_WORKERS = 5;

/** Holds what was built last, and builds anew when it is asked for something else. */
function lastOf<Value>(
  build: (settings: AnswerSettings) => Promise<Value>,
  keyOf: (settings: AnswerSettings) => unknown,
  release: (value: Value) => Promise<void>,
) {
  let held: { key: string; value: Value } | undefined;
  const drop = async (): Promise<void> => {
    const before = held;
    held = undefined;
    if (before) await release(before.value);
  };
  const get = async (settings: AnswerSettings): Promise<Value> => {
    const key = JSON.stringify(keyOf(settings));
    if (held?.key === key) return held.value;
    await drop();
    held = { key, value: await build(settings) };
    return held.value;
  };
  return { get, drop };
}

/** Loads the model of settings, if it is the one that the run was started with. */
async function loadSame(
  { model: { ref, revision, dtype, cacheDtype, visionTower } }: AnswerSettings,
  load: FleetWorkerOptions['load'],
): Promise<LlavaModel> {
  const { folder } = await resolveModel(ref);
  if ((await checkpointRevision(folder)) !== revision) {
    throw new AutopruneError(
      'CHECKPOINT_INVALID',
      `${folder}: a worker has another checkpoint of ${ref} than the one that the run was started with; copy that one here`,
      { folder, ref },
    );
  }
  return loadModel(ref, { ...load, dtype, cacheDtype, visionTower });
}

/**
 * Answers questions of any run, one at a time, until disposed, which waits for the question in work. The model of the last
 * question stays loaded.
 *
 * @throws PACKAGE_NOT_FOUND where bullmq is not installed
 * @throws ARGUMENT_INVALID for an address that is none
 * @throws REDIS_UNREACHABLE when nothing answers there
 */
export async function startFleetWorker(options: FleetWorkerOptions): Promise<AsyncDisposable> {
  const { address, queue = FLEET_QUEUE, load, lockMs = DEFAULT_LOCK_MS, onError } = options;
  const connection = redisConnection(address);
  await requireListening(connection);
  const { Worker } = await importBullmq();
  const models = lastOf(
    (settings) => loadSame(settings, load),
    ({ model }) => model,
    (model) => model.release(),
  );
  const answerers = lastOf(
    async (settings) => {
      const model = await models.get(settings);
      return modelAnswerer(model, modelOptions(model, settings));
    },
    (settings) => settings,
    async () => {},
  );
  const answer = async (data: unknown): Promise<Answered> => {
    const job = jobSchema.parse(data);
    const request = await requestOf(job);
    return (await answerers.get(job.settings)).generate(request);
  };
  const worker = new Worker(queue, ({ data }) => answer(data), {
    connection,
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: MOST_LOST_WORKERS,
  });
  const close = async (): Promise<void> => {
    await worker.close();
    await models.drop();
  };
  worker.on('error', (error) => onError?.(error));
  await requireReady(worker.waitUntilReady(), connection);
  return { [Symbol.asyncDispose]: close };
}
