import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { AutopruneError, requireNumber } from '@autoprune/core';
import type { LoadingProgress } from '@autoprune/llava';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from './app.js';
import type { AnswerDefaults } from './chat/read-request.js';
import { apiErrorOf } from './http/api-error.js';
import { InferencePool } from './inference/inference-pool.js';
import type { ModelChoice } from './inference/protocol.js';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.js';
import { Metrics } from './metrics.js';
import { type Page, readPages } from './pages.js';

/** Options of {@link startServer}. */
export interface ServerOptions {
  /** Default: the embedded model, `tiny`. */
  readonly model?: ModelChoice;
  /** Name that requests call the model by. Default: the model's id. */
  readonly modelName?: string | undefined;
  /** Address to listen on. Default 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** Port; 0 takes a free one. Default 8000. */
  readonly port?: number;
  /** Inference processes, each with its own copy of the model. Default 1. */
  readonly processes?: number;
  /**
   * Answers that a process makes at the same time; each needs the memory of its own caches. A `mixed` model with native
   * kernels reads its weights once for all of them. Default 1.
   */
  readonly answersAtOnce?: number;
  /** Accepted API keys. Default none: everyone who reaches the server may ask. */
  readonly apiKeys?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** How requests are answered that do not say it themselves. Default AutoPrune with its default budget. */
  readonly defaults?: Partial<AnswerDefaults>;
  /** Serves the playground at `/`, or the files of another folder. Default true. */
  readonly playground?: boolean | string;
  readonly onProgress?: (progress: LoadingProgress) => void;
  /** Lines for the log: failures that are the server's, and restarts. */
  readonly onLog?: (line: string) => void;
  /**
   * Milliseconds that an inference process has to react to a cancellation before it is ended; longer than any layer
   * takes. Default 60 000.
   */
  readonly cancelGraceMs?: number;
  /** @internal Module of the inference process; a test gives its own. */
  readonly inferenceEntry?: string;
}

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  /** `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** Name that requests call the model by. */
  readonly modelName: string;
  /** Process ids of the inference processes that run at the moment. */
  inferencePids(): readonly number[];
  /**
   * Takes no new requests, lets running and waiting ones end, and stops. A second call waits for the first.
   *
   * @param graceMs  milliseconds after which the rest is ended with an error. Default 30 000
   */
  close(graceMs?: number): Promise<void>;
}

const CANCEL_GRACE_MS = 60_000;
const CLOSE_GRACE_MS = 30_000;

/** Files of the built package, beside this one. */
const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Loads a model in a process of its own and serves it.
 *
 * @throws ARGUMENT_INVALID, what loading throws, or LISTEN_FAILED when the address cannot be listened on
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8000, processes = 1, answersAtOnce = 1 } = options;
  const { onLog = () => {} } = options;
  requireNumber('port', port, { min: 0, max: 65_535, integer: true });
  requireNumber('processes', processes, { min: 1, integer: true });
  requireNumber('answersAtOnce', answersAtOnce, { min: 1, integer: true });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const metrics = new Metrics();
  const pool = new InferencePool({
    entry: options.inferenceEntry ?? beside('./inference-child.js'),
    model: options.model ?? { ref: 'tiny' },
    processes,
    answersAtOnce,
    maxWaiting: limits.maxWaiting,
    answerTimeoutMs: limits.answerTimeoutMs,
    cancelGraceMs: options.cancelGraceMs ?? CANCEL_GRACE_MS,
    onProgress: options.onProgress,
    onRestart: (reason) => {
      metrics.countRestart();
      onLog(`an inference process ended ${reason}; starting another`);
    },
  });
  metrics.watch(pool);
  let stopping = false;
  try {
    const card = await pool.start();
    const modelName = options.modelName ?? card.id;
    const app = createApp({
      pool,
      limits,
      card,
      metrics,
      host,
      modelName,
      apiKeys: options.apiKeys ?? [],
      defaults: {
        method: 'autoprune',
        parameters: {},
        budget: undefined,
        reference: false,
        ...options.defaults,
      },
      pages: await pagesOf(options.playground ?? true),
      stopping: () => stopping,
      onFailure: (error) => logFailure(error, onLog),
    });
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        requestTimeout: limits.uploadTimeoutMs,
        headersTimeout: limits.uploadTimeoutMs,
        connectionsCheckingInterval: Math.min(1000, limits.uploadTimeoutMs),
      },
    }) as Server;
    const listening = await listen(server, host, port);
    let closed: Promise<void> | undefined;
    const close = (graceMs = CLOSE_GRACE_MS): Promise<void> => {
      stopping = true;
      closed ??= stop(server, pool, graceMs);
      return closed;
    };
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
      port: listening,
      modelName,
      inferencePids: () => pool.processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
      close,
      [Symbol.asyncDispose]: () => close(),
    };
  } catch (error) {
    await pool.stop();
    throw error;
  }
}

function pagesOf(playground: boolean | string): Promise<ReadonlyMap<string, Page>> {
  if (playground === false) return Promise.resolve(new Map());
  return readPages(playground === true ? beside('./playground') : playground);
}

/** Failures of the server's own, with what their messages hold back from clients. */
function logFailure(error: unknown, onLog: (line: string) => void): void {
  const { status } = apiErrorOf(error);
  if (status < 500) return;
  const { message, stack, cause } = error as Error;
  const known = AutopruneError.isInstance(error);
  onLog(known ? `${error.code}: ${message}` : (stack ?? message));
  if (cause instanceof Error) onLog(`  because: ${cause.message}`);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `${host}:${port} cannot be listened on (${cause.code}); choose another port or address`;
      reject(new AutopruneError('LISTEN_FAILED', message, { host, port }, { cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function stop(server: Server, pool: InferencePool, graceMs: number): Promise<void> {
  const down = new Promise<void>((resolve) => server.close(() => resolve()));
  const timer = setTimeout(
    () => pool.abortAll(new AutopruneError('SERVER_STOPPING', 'The server stopped meanwhile')),
    graceMs,
  );
  await pool.queue.whenIdle();
  clearTimeout(timer);
  await pool.stop();
  // Answers that are written still go out; connections that idle do not keep the server up.
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), 1000);
  await down;
  clearTimeout(late);
}
