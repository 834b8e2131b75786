import { parsePythonFloat } from '../scoring/python/parse.js';

/** What LLaVA's scripts record where the first line is not two numbers; they average it in. */
export const UNREADABLE_SCORES: readonly [number, number] = [-1, -1];

/**
 * The two scores on the first line of a judge's reply: commas are blanks, and exactly one blank parts the two.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_gpt_review_bench.py `parse_score`.
 */
export function readTwoScores(reply: string): readonly [number, number] {
  const [line = ''] = reply.split('\n');
  const parts = line.replaceAll(',', ' ').split(' ');
  const [first, second] = parts.map(parsePythonFloat);
  if (parts.length !== 2 || first === undefined || second === undefined) return UNREADABLE_SCORES;
  return [first, second];
}
