import { type ChildProcess, fork } from 'node:child_process';
import { AutopruneError } from '@autoprune/core';
import type { LoadingProgress } from '@autoprune/llava';
import type {
  AnswerPart,
  AnswerRequest,
  FromInference,
  ModelCard,
  ModelChoice,
  ToInference,
} from './protocol.js';
import { receiveError } from './sent-error.js';

/** Settings of an {@link InferenceProcess}. */
export interface InferenceSettings {
  /** Module to fork. */
  readonly entry: string;
  readonly model: ModelChoice;
  /** Milliseconds that an answer may take. */
  readonly answerTimeoutMs: number;
  /** Milliseconds after which a process that does not react to a cancellation is ended. */
  readonly cancelGraceMs: number;
  readonly onProgress?: ((progress: LoadingProgress) => void) | undefined;
  /** Called when a process that was ready has died and a new one is being started. */
  readonly onRestart?: ((reason: string) => void) | undefined;
}

interface Job {
  readonly onPart: (part: AnswerPart) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long a process may take to leave after its channel was closed. */
const EXIT_GRACE_MS = 5_000;

/**
 * A model in a process of its own. onnxruntime holds the event loop of its process while a layer
 * runs, and a crash of native code takes the process with it: neither may happen to the process that serves HTTP.
 * (A worker thread would not do: ending one in the middle of a run aborts the whole process.)
 */
export class InferenceProcess {
  private child: ChildProcess | undefined;
  private loading: Promise<ModelCard> | undefined;
  private loaded = false;
  private stopping = false;
  /** Answers that are being made, by their numbers. */
  private readonly jobs = new Map<number, Job>();
  private lastId = 0;
  /** Resident bytes of the process after its last answer; 0 before. */
  residentBytes = 0;

  constructor(private readonly settings: InferenceSettings) {}

  /** True while the model is loaded. */
  get ready(): boolean {
    return this.loaded;
  }

  /** Process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the process if there is none, and waits for its model.
   *
   * @throws what loading throws; MODEL_UNAVAILABLE when the process dies on the way
   */
  start(): Promise<ModelCard> {
    this.loading ??= this.spawn();
    return this.loading;
  }

  /**
   * Answers, beside others. The promise settles when the process has ended this answer, after a cancellation too.
   *
   * @throws what the model throws, the signal's reason, ANSWER_TIMEOUT, INFERENCE_PROCESS_DIED or MODEL_UNAVAILABLE
   */
  async answer(
    request: AnswerRequest,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<void> {
    await this.start().catch((error: unknown) => {
      throw new AutopruneError(
        'MODEL_UNAVAILABLE',
        'The model could not be loaded again; the log of the server says why',
        {},
        { cause: error },
      );
    });
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(timeoutError(this.settings.answerTimeoutMs)),
      this.settings.answerTimeoutMs,
    );
    const stop = AbortSignal.any([signal, timeout.signal]);
    let killer: NodeJS.Timeout | undefined;
    const id = ++this.lastId;
    const cancel = (): void => {
      this.send({ type: 'cancel', id });
      killer = setTimeout(() => this.child?.kill('SIGKILL'), this.settings.cancelGraceMs);
    };
    try {
      stop.throwIfAborted();
      stop.addEventListener('abort', cancel, { once: true });
      await new Promise<void>((resolve, reject) => {
        this.jobs.set(id, { onPart, resolve, reject });
        this.send({ type: 'answer', id, request });
      });
    } catch (error) {
      stop.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      clearTimeout(killer);
      stop.removeEventListener('abort', cancel);
      this.jobs.delete(id);
    }
  }

  /** Ends the process; a running answer is given up. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const killer = setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS);
    await new Promise((resolve) => {
      child.once('exit', resolve);
      if (child.connected) child.disconnect();
      else child.kill('SIGKILL');
    });
    clearTimeout(killer);
  }

  private send(message: ToInference): void {
    // A process that is gone reports itself through its exit.
    if (this.child?.connected) this.child.send(message, () => {});
  }

  private spawn(): Promise<ModelCard> {
    const { entry, model, onProgress } = this.settings;
    const { AUTOPRUNE_API_KEYS: _, ...env } = process.env;
    const child = fork(entry, [], {
      serialization: 'advanced',
      execArgv: [],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    const loading = new Promise<ModelCard>((resolve, reject) => {
      child.on('message', (message: FromInference) => {
        switch (message.type) {
          case 'progress':
            return onProgress?.(message.progress);
          case 'ready':
            this.loaded = true;
            return resolve(message.card);
          case 'load-failed':
            reject(receiveError(message.error));
            return child.disconnect();
          case 'part':
            return this.jobs.get(message.id)?.onPart(message.part);
          case 'ended':
            this.residentBytes = message.residentBytes;
            if (message.error) this.jobs.get(message.id)?.reject(receiveError(message.error));
            else this.jobs.get(message.id)?.resolve();
        }
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        const how = signal ? `by ${signal}` : `with exit code ${code}`;
        reject(
          new AutopruneError('MODEL_UNAVAILABLE', `The inference process ended ${how} on loading`, {
            code,
            signal,
          }),
        );
        this.ended(how);
      });
    });
    // Whoever waits for the model sees the failure; a restart in the background has nobody waiting.
    loading.catch(() => {});
    this.send({ type: 'load', model });
    return loading;
  }

  private ended(how: string): void {
    const wasReady = this.loaded;
    this.loaded = false;
    this.loading = undefined;
    this.child = undefined;
    for (const { reject } of this.jobs.values()) {
      reject(
        new AutopruneError(
          'INFERENCE_PROCESS_DIED',
          `The inference process ended ${how} before the answer was complete; a new one is being started, and this request was not repeated`,
          { how },
        ),
      );
    }
    if (!wasReady || this.stopping) return;
    this.settings.onRestart?.(how);
    void this.start();
  }
}

function timeoutError(answerTimeoutMs: number): AutopruneError {
  return new AutopruneError(
    'ANSWER_TIMEOUT',
    `The answer took longer than ${answerTimeoutMs / 1000} s; ask for fewer tokens or a smaller budget`,
    { answerTimeoutMs },
  );
}
