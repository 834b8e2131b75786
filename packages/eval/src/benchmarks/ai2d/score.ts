import type { ItemRecord, Score } from '../../benchmark.js';
import { meanOrNull } from '../../scoring/average.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { pythonTrim, SPACE_CLASS } from '../../scoring/python/text.js';
import { countUnparsed } from '../../scoring/unparsed.js';
import type { AnsweredRow } from '../row-benchmark.js';

/** One question. */
interface Ai2dFields {
  /** Option texts by letter, in order. */
  readonly options: Readonly<Record<string, string>>;
  /** A letter. */
  readonly answer: string;
}

type Rows = readonly AnsweredRow<Ai2dFields>[];

const VLMEVALKIT = 'vlmevalkit_exact_matching';
const LETTER_AND_PERIOD = new RegExp(`^[${SPACE_CLASS}]*([A-Z])\\.`);
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** numpy drops NUL characters at the end of a text. */
const TRAILING_NULS = /\0+$/;

/** @param key  name of the one metric, which is the definition's */
function scoreEach(
  rows: Rows,
  key: string,
  parse: (row: AnsweredRow<Ai2dFields>) => Pick<ItemRecord, 'parsed' | 'rule'> & { right: boolean },
): Omit<Score, 'metrics'> & { readonly metrics: Readonly<Record<string, number | null>> } {
  const items = rows.map((row): ItemRecord => {
    const { right, ...parsed } = parse(row);
    const { id, fields, answer } = row;
    return { id, gold: fields.answer, answer, ...parsed, score: Number(right) };
  });
  const accuracy = meanOrNull(items.map(({ score }) => score));
  return { metrics: { [key]: accuracy }, denominator: items.length, items };
}

/**
 * MoVA's rule: the answer is the letter, but for case and blanks at the ends.
 *
 * Source: TempleX98/MoVA playground/data/eval/ai2d/eval_ai2d.py.
 */
export const scoreByMova = (rows: Rows): Score =>
  scoreEach(rows, 'mova_exact_match', ({ fields, answer }) => {
    const letter = pythonTrim(answer).toUpperCase();
    return {
      parsed: letter in fields.options ? letter : null,
      rule: 'the whole answer',
      right: pythonTrim(answer).toLowerCase() === pythonTrim(fields.answer).toLowerCase(),
    };
  });

const withoutPunctuation = (text: string): string =>
  text.replace(TRAILING_NULS, '').toLowerCase().replace(ASCII_PUNCTUATION, '');

/**
 * lmms-eval's rule: a capital letter with a period at the start, else the whole answer; equal but for case and ASCII
 * punctuation.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/ai2d/utils.py and lmms_eval/api/metrics.py `exact_match`.
 */
export const scoreByLmmsEval = (rows: Rows): Score =>
  scoreEach(rows, 'lmms_eval', ({ fields, answer }) => {
    const letter = LETTER_AND_PERIOD.exec(answer)?.[1];
    const parsed = withoutPunctuation(letter ?? answer);
    const rule = letter ? 'letter and period at the start' : 'the whole answer without punctuation';
    return { parsed, rule, right: parsed === withoutPunctuation(fields.answer) };
  });

/**
 * VLMEvalKit's rule without a judge.
 *
 * Source: open-compass/VLMEvalKit vlmeval/utils/matching_util.py `can_infer`.
 */
export function scoreByVlmEvalKit(rows: Rows): Score {
  const score = scoreEach(rows, VLMEVALKIT, ({ fields, answer }) => {
    const { option, rule } = canInfer(answer, fields.options);
    return { parsed: option, rule, right: option === fields.answer };
  });
  return { ...score, metrics: { ...score.metrics, to_judge: countUnparsed(score.items) } };
}
