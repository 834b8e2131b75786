import { AutopruneError } from '@autoprune/core';
import type { Question } from '../benchmark.js';
import { type Split, splitOf } from './split.js';

/** Which questions of a benchmark a run answers. */
export interface QuestionChoice {
  /** The first so many, or this share (below 1) of them. */
  readonly limit?: number;
  /** These ids alone. */
  readonly ids?: readonly string[];
  /** Of those the ones of this split. */
  readonly split?: Split;
}

/** One part of several, for processes that share the work; `index` from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The questions of a run, in order.
 *
 * @throws ARGUMENT_INVALID for an id that no question has
 */
export function chooseQuestions(
  questions: readonly Question[],
  { limit, ids, split }: QuestionChoice,
): readonly Question[] {
  let chosen = questions;
  if (ids !== undefined) {
    const wanted = new Set(ids);
    chosen = questions.filter(({ id }) => wanted.has(id));
    for (const { id } of chosen) wanted.delete(id);
    const [unknown] = wanted;
    if (unknown !== undefined) {
      throw new AutopruneError('ARGUMENT_INVALID', `no question has the id ${unknown}`, {
        id: unknown,
      });
    }
  }
  if (limit !== undefined) {
    chosen = chosen.slice(0, limit < 1 ? Math.ceil(limit * chosen.length) : limit);
  }
  if (split === undefined) return chosen;
  return chosen.filter(({ id }) => splitOf(id, split.tuningShare) === split.name);
}

/** The contiguous part of a shard; LLaVA's chunks of ceil(questions / count). */
export function shardOf<Item>(items: readonly Item[], { index, count }: Shard): readonly Item[] {
  const size = Math.ceil(items.length / count);
  return items.slice((index - 1) * size, index * size);
}

/**
 * Reads `i/n`.
 *
 * @throws ARGUMENT_INVALID unless 1 ≤ i ≤ n
 */
export function parseShard(text: string): Shard {
  const [, index = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new AutopruneError(
    'ARGUMENT_INVALID',
    `a shard is written i/n with 1 <= i <= n, as 2/4, not ${JSON.stringify(text)}`,
    { text },
  );
}
