import { AutopruneError } from '@autoprune/core';

/** A request's place, from its admission to its end. */
export interface Ticket {
  /** Waits for a slot; first come, first served. Rejects with the signal's reason, and the place in line is given up. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Gives slot and place back; once is enough. */
  release(): void;
}

/** A fixed number of slots with a bounded line before them. */
export class SlotQueue {
  private running = 0;
  private admitted = 0;
  private readonly line: (() => void)[] = [];
  private readonly idle = new Set<() => void>();
  /** Exponential mean of the seconds that a slot is held. */
  private meanSeconds = 1;

  /**
   * @param slots  requests that run at the same time
   * @param maxWaiting  requests that may be on their way to a slot: uploading or in line
   */
  constructor(
    readonly slots: number,
    readonly maxWaiting: number,
  ) {}

  /** Requests that have no slot yet. */
  get waiting(): number {
    return this.admitted - this.running;
  }

  /** Requests that hold a slot. */
  get busy(): number {
    return this.running;
  }

  /** Seconds until a slot should be free for one more request; at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.meanSeconds * this.admitted) / this.slots));
  }

  /**
   * Takes a request in. Everything that a request holds in memory is held between here and {@link Ticket.release}.
   *
   * @throws QUEUE_FULL with `retryAfterSeconds` in its details
   */
  admit(): Ticket {
    if (this.admitted >= this.slots + this.maxWaiting) {
      const { retryAfterSeconds } = this;
      throw new AutopruneError(
        'QUEUE_FULL',
        `${this.admitted} requests are being answered or waiting, the most that this server takes; try again in ${retryAfterSeconds} s`,
        { retryAfterSeconds, admitted: this.admitted },
      );
    }
    this.admitted++;
    let startedAt: number | undefined;
    let released = false;
    return {
      acquire: async (signal) => {
        await this.turn(signal);
        startedAt = performance.now();
      },
      release: () => {
        if (released) return;
        released = true;
        this.admitted--;
        if (startedAt !== undefined) this.freeSlot((performance.now() - startedAt) / 1000);
        if (this.admitted === 0) {
          for (const resolve of this.idle) resolve();
          this.idle.clear();
        }
      },
    };
  }

  /** Resolves when nothing is running or waiting. */
  async whenIdle(): Promise<void> {
    if (this.admitted > 0) await new Promise<void>((resolve) => this.idle.add(resolve));
  }

  private async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.running < this.slots) {
      this.running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.line.splice(this.line.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.line.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private freeSlot(seconds: number): void {
    this.meanSeconds += (seconds - this.meanSeconds) / 8;
    const next = this.line.shift();
    // The slot goes from hand to hand, so that nobody who comes now overtakes the line.
    if (next) next();
    else this.running--;
  }
}
