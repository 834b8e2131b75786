import type { MetricValue } from '../metrics.js';
import type { JudgeReply } from './reply.js';

/**
 * Who judged how much and when, for the metrics of a definition that needs a judge.
 *
 * @param replies  one an item that a judge decides, undefined where there is none yet
 */
export function judgeSummary(replies: readonly (JudgeReply | undefined)[]): {
  readonly [key: string]: MetricValue;
} {
  const used = replies.filter((reply) => reply !== undefined);
  const dates = used.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  return {
    judges: [...new Set(used.map(({ model }) => model))].sort(),
    judged: used.length,
    to_judge: replies.length - used.length,
    judged_from: dates[0] ?? null,
    judged_to: dates.at(-1) ?? null,
  };
}
