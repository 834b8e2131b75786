import { parsePythonInteger } from '../../scoring/python/parse.js';

/** Share of the points by component type, and `total_score`. */
export type ComponentScores = Readonly<Record<string, number>>;

/** `name: 3/5` as 0.6; undefined where the official script would fail. */
function readShare(part: string | undefined): number | undefined {
  const written = part?.split(':')[1];
  // The script drops the first character, which is the blank after the colon.
  const [points, most] = (written?.slice(1) ?? '').split('/').map(parsePythonInteger);
  if (points === undefined || most === undefined || most === 0n) return undefined;
  return Number(points) / Number(most);
}

/**
 * The shares of a judge's first sentence: all parts but the last are components in order, the last is the total.
 *
 * Source: apple/ml-mia-bench evaluation.ipynb `process_rawscore`.
 *
 * @param types  type of each component; of two components of one type the last counts, as in the script
 * @param total  `last`: the last part. `component`: the last *component*, which is what the notebook does
 * @returns undefined where the script fails and drops the item
 */
export function parseSentence(
  reply: string,
  types: readonly string[],
  total: 'last' | 'component',
): ComponentScores | undefined {
  const parts = (reply.split('.')[0] ?? '').split(',');
  const components = parts.slice(0, -1).map(readShare);
  const totalScore = total === 'last' ? readShare(parts.at(-1)) : components.at(-1);
  if (components.length === 0 || components.length > types.length) return undefined;
  if (totalScore === undefined || components.includes(undefined)) return undefined;
  const scores = components.map((share, place): [string, number] => [types[place]!, share!]);
  return { ...Object.fromEntries(scores), total_score: totalScore };
}

const COMPONENT = /(?:score\s+of\s+)?component\s+(\d+)\s*:\s*(\d+)\s*\/\s*(\d+)/gi;
const TOTAL = /total\s+score\s*:\s*(\d+)\s*\/\s*(\d+)/i;

const clampedShare = (points: string | undefined, most: string | undefined): number =>
  Number(most) === 0 ? 0 : Math.min(1, Number(points) / Number(most));

/**
 * The total wherever it stands in a judge's reply, else the mean of the components; 0 without either.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/mia_bench/utils.py `process_rawscore`.
 *
 * @param components  names of the components
 */
export function findTotal(reply: string, components: readonly string[]): number {
  const total = TOTAL.exec(reply);
  if (total) return clampedShare(total[1], total[2]);
  const shares = new Map<string, number>();
  for (const [, number, points, most] of reply.matchAll(COMPONENT)) {
    const name = components[Number(number) - 1];
    if (name !== undefined) shares.set(name, clampedShare(points, most));
  }
  if (shares.size === 0) return 0;
  return Array.from(shares.values()).reduce((sum, share) => sum + share, 0) / shares.size;
}
