import { InferenceProcess, type InferenceSettings } from './inference-process.js';
import type { AnswerPart, AnswerRequest, ModelCard } from './protocol.js';
import { SlotQueue, type Ticket } from './slot-queue.js';

/** Settings of an {@link InferencePool}. */
export interface PoolSettings extends InferenceSettings {
  /** Number of processes, each with its own copy of the model. */
  readonly processes: number;
  /** Answers that a process makes at the same time. */
  readonly answersAtOnce: number;
  readonly maxWaiting: number;
}

/** Inference processes behind one bounded line. */
export class InferencePool {
  readonly processes: readonly InferenceProcess[];
  readonly queue: SlotQueue;
  /** Answers that each process makes. */
  private readonly running = new Map<InferenceProcess, number>();
  private readonly jobs = new Set<AbortController>();

  constructor({ processes, answersAtOnce, maxWaiting, ...settings }: PoolSettings) {
    this.processes = Array.from({ length: processes }, () => new InferenceProcess(settings));
    this.queue = new SlotQueue(processes * answersAtOnce, maxWaiting);
  }

  /** Loads the model in every process; all hold the same one. */
  async start(): Promise<ModelCard> {
    const cards = await Promise.all(this.processes.map((process) => process.start()));
    return cards[0]!;
  }

  /**
   * Answers, part by part. The ticket is released when the process is free again; cancelling the stream, or the signal,
   * stops the work at the next layer or token.
   */
  answer(request: AnswerRequest, ticket: Ticket, signal: AbortSignal): ReadableStream<AnswerPart> {
    const job = new AbortController();
    const abort = (): void => job.abort(signal.reason);
    let reading = true;
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.jobs.add(job);
    const finished = (): void => {
      signal.removeEventListener('abort', abort);
      this.jobs.delete(job);
    };
    return new ReadableStream<AnswerPart>({
      start: (parts) => {
        this.run(request, ticket, job.signal, (part) => {
          if (reading) parts.enqueue(part);
        })
          .finally(finished)
          .then(
            () => {
              if (reading) parts.close();
            },
            (error: unknown) => {
              if (reading) parts.error(error);
            },
          );
      },
      cancel: () => {
        reading = false;
        job.abort();
      },
    });
  }

  /** Stops every answer, running or waiting, with this reason. */
  abortAll(reason: Error): void {
    for (const job of this.jobs) job.abort(reason);
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  private async run(
    request: AnswerRequest,
    ticket: Ticket,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<void> {
    let process: InferenceProcess | undefined;
    try {
      await ticket.acquire(signal);
      process = this.leastBusy();
      this.count(process, 1);
      await process.answer(request, signal, onPart);
    } finally {
      if (process) this.count(process, -1);
      ticket.release();
    }
  }

  private leastBusy(): InferenceProcess {
    const answers = (process: InferenceProcess): number => this.running.get(process) ?? 0;
    return this.processes.reduce((least, one) => (answers(one) < answers(least) ? one : least));
  }

  private count(process: InferenceProcess, change: 1 | -1): void {
    this.running.set(process, (this.running.get(process) ?? 0) + change);
  }
}
