import { breathe } from '../runtime/breathe.js';
import type { Sequence } from './sequence.js';

/** One token for a sequence to take in. */
export interface NextToken {
  readonly sequence: Sequence;
  readonly token: number;
  /** Position of the token in each layer, one list of axes a layer. */
  readonly positions: readonly (readonly number[])[];
}

interface Waiting {
  readonly next: NextToken;
  resolve(logits: Float32Array): void;
  reject(reason: unknown): void;
}

/** Tokens that one run takes at most: their products would keep the processor busy for longer than reading weights does. */
const MOST_AT_ONCE = 8;

/**
 * Puts the tokens of sequences that are answered at the same time into common runs, which read every weight once for all
 * of them. A token that comes alone does not wait.
 */
export class TokenQueue {
  private waiting: Waiting[] = [];
  private working = false;

  /** @param run  logits of tokens of different sequences, one each; throws before anything was taken in */
  constructor(private readonly run: (tokens: readonly NextToken[]) => Promise<Float32Array[]>) {}

  /**
   * Logits float32 [vocabulary] after a token.
   *
   * @throws the reason of the sequence's signal, or why the run failed
   */
  push(next: NextToken): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ next, resolve, reject });
      if (!this.working) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length > 0) {
      const tokens = this.waiting.splice(0, MOST_AT_ONCE);
      await this.runTogether(tokens);
      if (tokens.length + this.waiting.length === 1) continue;
      // Who has just had a token chooses the next one in a turn of the event loop, and comes along with the others.
      await breathe();
      await breathe();
    }
    this.working = false;
  }

  /** Never rejects. */
  private async runTogether(tokens: readonly Waiting[]): Promise<void> {
    try {
      const logits = await this.run(tokens.map(({ next }) => next));
      tokens.forEach(({ resolve }, index) => {
        resolve(logits[index]!);
      });
    } catch (error) {
      const aborted = tokens.filter(({ next }) => next.sequence.signal?.aborted);
      for (const { next, reject } of aborted) reject(next.sequence.signal!.reason);
      const rest = tokens.filter((one) => !aborted.includes(one));
      // The others were stopped with them, and begin again.
      if (aborted.length > 0) this.waiting.unshift(...rest);
      else for (const { reject } of rest) reject(error);
    }
  }
}
