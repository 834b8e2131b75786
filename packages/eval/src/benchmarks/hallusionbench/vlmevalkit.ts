import type { ItemRecord, Score } from '../../benchmark.js';
import { meanOrNull } from '../../scoring/average.js';
import { extractYesOrNo } from '../../scoring/yes-or-no.js';
import type { AnsweredRow } from '../row-benchmark.js';
import { shareOfRightGroups } from './right-groups.js';

/** One question as VLMEvalKit's table has it. */
export interface HallusionFields {
  /** `category_subcategory_visual_set_figure_question`. */
  readonly index: string;
  readonly category: string;
  readonly 'l2-category': string;
  /** `Yes` or `No`. */
  readonly answer: string;
}

type Rows = readonly AnsweredRow<HallusionFields>[];

interface Scored {
  readonly fields: HallusionFields;
  readonly right: boolean;
}

/** Percentage of groups in which every answer is right. */
function allRight(scored: readonly Scored[], keyOf: (fields: HallusionFields) => string): number {
  return 100 * (shareOfRightGroups(scored, ({ fields }) => keyOf(fields)) ?? 0);
}

/** The parts of the index that the script reads: those after the third underscore. */
const partOf = ({ index }: HallusionFields, place: number): string => index.split('_')[place] ?? '';

function ratingOf(split: string, scored: readonly Scored[]) {
  const setOf = (fields: HallusionFields): string =>
    `${fields['l2-category']}_${partOf(fields, 3)}`;
  return {
    split,
    aAcc: 100 * (meanOrNull(scored.map(({ right }) => Number(right))) ?? 0),
    fAcc: allRight(scored, (fields) => `${setOf(fields)}_${partOf(fields, 4)}`),
    qAcc: allRight(scored, (fields) => `${setOf(fields)}_${partOf(fields, 5)}`),
  };
}

/**
 * VLMEvalKit's rule without a judge: share of right answers (aAcc), of figures with every question right (fAcc) and of
 * questions right on every figure (qAcc); overall, then by category, then by sub-category, each in name order (the
 * script's order is that of a Python set).
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/yorn.py `Hallusion_rating`.
 */
export function scoreByVlmEvalKit(rows: Rows): Score {
  const items = rows.map(({ id, fields, answer }): ItemRecord => {
    const parsed = extractYesOrNo(answer);
    const rule = parsed === null ? 'both of yes and no, or neither' : 'one of the words yes and no';
    return {
      id,
      gold: fields.answer,
      answer,
      parsed,
      rule,
      score: Number(parsed === fields.answer),
    };
  });
  const scored = rows.map(({ fields }, place) => ({ fields, right: items[place]!.score === 1 }));
  const ratingsBy = (key: 'category' | 'l2-category') =>
    [...new Set(rows.map(({ fields }) => fields[key]))].sort().map((name) =>
      ratingOf(
        name,
        scored.filter(({ fields }) => fields[key] === name),
      ),
    );
  return {
    metrics: [ratingOf('Overall', scored), ...ratingsBy('category'), ...ratingsBy('l2-category')],
    denominator: items.length,
    items,
  };
}
