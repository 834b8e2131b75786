/**
 * Ends a request that is aborted from outside or that has not moved for a while. Own listeners rather than
 * `AbortSignal.any`, whose combined signal Node 20 may collect while it is still waited for.
 */
export class IdleWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #idleMs: number;
  readonly #onAbort = () => this.#controller.abort(this.#outer?.reason);

  constructor(outer: AbortSignal | undefined, idleMs: number) {
    this.#outer = outer;
    this.#idleMs = idleMs;
    outer?.throwIfAborted();
    outer?.addEventListener('abort', this.#onAbort);
  }

  /** For fetch. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the network; time spent elsewhere, as on a slow disk, does not count. */
  async during<T>(step: Promise<T>): Promise<T> {
    const seconds = this.#idleMs / 1000;
    const timer = setTimeout(() => {
      this.#controller.abort(new Error(`nothing was received for ${seconds} s`));
    }, this.#idleMs);
    try {
      return await step;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }
}
