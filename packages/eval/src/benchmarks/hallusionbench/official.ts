import type { Score } from '../../benchmark.js';
import { judgeSummary } from '../../judge/summary.js';
import type { MetricValue } from '../../metrics.js';
import { pythonRound } from '../../scoring/python/number.js';
import type { AnsweredRow } from '../row-benchmark.js';
import { shareOfRightGroups } from './right-groups.js';
import type { HallusionFields } from './vlmevalkit.js';

type Row = AnsweredRow<HallusionFields>;

/** What the judge finds an answer to be. */
type Correctness = 'correct' | 'incorrect' | 'unclear';

/** The script looks for `incorrect` first, because `correct` is part of it. */
export function readCorrectness(reply: string): Correctness {
  const lower = reply.toLowerCase();
  if (lower.includes('incorrect')) return 'incorrect';
  return lower.includes('correct') ? 'correct' : 'unclear';
}

/** The names in `category_subcategory_visual_set_figure_question`. */
function partsOf({ index }: HallusionFields) {
  const [category, subcategory, , set, figure, question] = index.split('_');
  return { category, subcategory, set, figure, question };
}

interface Judged {
  readonly parts: ReturnType<typeof partsOf>;
  readonly right: boolean;
}

/** Without its figure a supplemented question cannot be answered, so "unclear" is right there. */
function isRight(parts: Judged['parts'], correctness: Correctness): boolean {
  const hasNoFigure = parts.category === 'VS' && parts.figure === '0';
  return correctness === 'correct' || (hasNoFigure && correctness === 'unclear');
}

/** Percentage of groups whose answers are all right, rounded to four decimals. */
function allRight(judged: readonly Judged[], keyOf: (one: Judged['parts']) => string): MetricValue {
  const share = shareOfRightGroups(judged, ({ parts }) => keyOf(parts));
  return share === null ? null : pythonRound(100 * share, 4);
}

const pairOf = ({ category, subcategory, set, question }: Judged['parts']): string =>
  [category, subcategory, set, question].join('_');
const figureOf = ({ category, subcategory, set, figure }: Judged['parts']): string =>
  [category, subcategory, set, figure].join('_');

/**
 * HallusionBench's own rule: a judge finds each answer correct, incorrect or unclear.
 *
 * Source: tianyi-lab/HallusionBench evaluation.py, utils.py.
 */
export function scoreByJudge(rows: readonly Row[]): Score {
  const judged = rows.flatMap(({ id, fields, answer, reply }) => {
    if (reply === undefined) return [];
    const parts = partsOf(fields);
    const correctness = readCorrectness(reply.content);
    const right = isRight(parts, correctness);
    const rule = `${correctness} to ${reply.model}`;
    const item = {
      id,
      gold: fields.answer,
      answer,
      parsed: correctness,
      rule,
      score: Number(right),
    };
    return [{ parts, right, item }];
  });
  const easy = judged.filter(({ parts }) => parts.figure === '0');
  const hard = judged.filter(({ parts }) => parts.figure !== '0');
  const withFigure = judged.filter(({ parts }) => parts.category !== 'VS' || parts.figure !== '0');
  return {
    metrics: {
      qAcc: allRight(judged, pairOf),
      fAcc: allRight(withFigure, figureOf),
      easy: allRight(easy, pairOf),
      hard: allRight(hard, pairOf),
      aAcc: allRight(judged, (parts) => `${pairOf(parts)}_${parts.figure}`),
      ...judgeSummary(rows.map(({ reply }) => reply)),
    },
    denominator: judged.length,
    items: judged.map(({ item }) => item),
  };
}
