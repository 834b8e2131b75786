import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sequence } from './sequence.js';
import { type NextToken, TokenQueue } from './token-queue.js';

/** All that the queue looks at. */
const sequence = (id: number, signal?: AbortSignal): Sequence =>
  ({ id, signal }) as unknown as Sequence;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A run that takes some turns of the event loop, stops when a signal is aborted, and notes who came together. */
function runner(batches: number[][], turns = 2) {
  return async (tokens: readonly NextToken[]): Promise<Float32Array[]> => {
    batches.push(tokens.map(({ sequence: { id } }) => id));
    for (let count = 0; count < turns; count++) {
      for (const { sequence } of tokens) sequence.signal?.throwIfAborted();
      await turn();
    }
    for (const { sequence } of tokens) sequence.signal?.throwIfAborted();
    return tokens.map(({ sequence: { id }, token }) => Float32Array.of(id, token));
  };
}

/** Takes in `count` tokens, one after another as answers do. */
async function answer(queue: TokenQueue, one: Sequence, count: number): Promise<number> {
  for (let token = 0; token < count; token++) {
    const logits = await queue.push({ sequence: one, token, positions: [] });
    expect(Array.from(logits)).toEqual([one.id, token]);
    await turn();
  }
  return count;
}

describe('tokens of several answers', () => {
  it('do not wait when they are alone', () => {
    const batches: number[][] = [];
    const queue = new TokenQueue(runner(batches));
    void queue.push({ sequence: sequence(7), token: 1, positions: [] });
    expect(batches).toEqual([[7]]);
  });

  it('come together as soon as they meet', async () => {
    const batches: number[][] = [];
    const queue = new TokenQueue(runner(batches));
    await Promise.all([1, 2, 3].map((id) => answer(queue, sequence(id), 10)));
    // The first runs alone; then all three come along, until the first has its last.
    expect(batches[0]).toEqual([1]);
    expect(batches.length).toBeLessThanOrEqual(12);
    expect(batches.filter(({ length }) => length === 3).length).toBeGreaterThanOrEqual(8);
  });

  it('are taken in once each, whoever ends early', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ count: fc.nat(6), abortAfter: fc.option(fc.nat(12)) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.nat(3),
        async (answers, turns) => {
          const batches: number[][] = [];
          const queue = new TokenQueue(runner(batches, turns));
          await Promise.all(
            answers.map(async ({ count, abortAfter }, id) => {
              const controller = new AbortController();
              const reason = new Error(`answer ${id} is not wanted`);
              const abort = async () => {
                for (let passed = 0; passed < abortAfter!; passed++) await turn();
                controller.abort(reason);
              };
              if (abortAfter !== null) void abort();
              const ended = answer(queue, sequence(id, controller.signal), count);
              if (abortAfter === null) expect(await ended).toBe(count);
              else
                expect(await ended.catch((error) => error)).toSatisfy(
                  (end) => end === reason || end === count,
                );
            }),
          );
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(8);
            expect(new Set(batch).size).toBe(batch.length);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('all hear why a run failed, and the next ones run', async () => {
    let fails = true;
    const batches: number[][] = [];
    const run = runner(batches);
    const queue = new TokenQueue(async (tokens) => {
      const logits = await run(tokens);
      if (fails) throw new Error('no memory');
      return logits;
    });
    const ends = await Promise.allSettled([1, 2, 3].map((id) => answer(queue, sequence(id), 2)));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    fails = false;
    expect(await answer(queue, sequence(4), 2)).toBe(2);
  });
});
