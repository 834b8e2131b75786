import type { GenerationResult, PruneReport } from './result.js';

/** What a generation emits, in order: one prune report, text, one finish. */
export type GenerationPart =
  | { readonly type: 'prune-report'; readonly report: PruneReport }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'finish'; readonly result: GenerationResult };

/**
 * An answer on its way. Await it for the whole result, or iterate over its parts; both may be done, and the
 * work is done once. Leaving the loop early stops the work.
 */
export class Generation implements PromiseLike<GenerationResult>, AsyncIterable<GenerationPart> {
  private readonly parts: GenerationPart[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly finished: Promise<GenerationResult>;
  private ended = false;
  private readonly stop = new AbortController();

  /** @internal */
  constructor(
    run: (emit: (part: GenerationPart) => void, signal: AbortSignal) => Promise<GenerationResult>,
    signal?: AbortSignal,
  ) {
    const combined = signal ? AbortSignal.any([signal, this.stop.signal]) : this.stop.signal;
    const emit = (part: GenerationPart): void => {
      this.parts.push(part);
      this.wake();
    };
    this.finished = run(emit, combined).finally(() => {
      this.ended = true;
      this.wake();
    });
    // Someone who only iterates sees the failure there; it is not unhandled.
    this.finished.catch(() => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaitable is the point of this class
  then<A = GenerationResult, B = never>(
    onFulfilled?: ((value: GenerationResult) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.finished.then(onFulfilled, onRejected);
  }

  catch<B = never>(
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<GenerationResult | B> {
    return this.finished.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<GenerationResult> {
    return this.finished.finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<GenerationPart> {
    let next = 0;
    try {
      for (;;) {
        while (next < this.parts.length) yield this.parts[next++]!;
        if (this.ended) break;
        await new Promise<void>((resolve) => this.waiting.add(resolve));
      }
      await this.finished;
    } finally {
      if (!this.ended) this.stop.abort();
    }
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
