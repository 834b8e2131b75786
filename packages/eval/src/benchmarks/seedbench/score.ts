import type { Answer } from '../../answers.js';
import type { ItemRecord, Score } from '../../benchmark.js';
import { Groups } from '../../groups.js';
import { sumOf } from '../../scoring/average.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { quotient } from '../../scoring/confusion.js';
import { formatFixed } from '../../scoring/python/number.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { answersByKey, type SeedData, type SeedQuestion } from './data.js';

/** What a rule makes of an answer. */
export type SeedParser = (text: string, question: SeedQuestion) => string | null;

const LETTERS = ['A', 'B', 'C', 'D'];

/** LLaVA's converter: the answer is the letter and nothing else. */
export const wholeAnswer: SeedParser = (text) => (LETTERS.includes(text) ? text : null);

/** lmms-eval: the first character in either case. */
export const firstCharacter: SeedParser = (text) => {
  const letter = pythonTrim(text).charAt(0).toUpperCase();
  return LETTERS.includes(letter) ? letter : null;
};

/** VLMEvalKit: its matching of options. */
export const inferredOption: SeedParser = (text, { options }) => canInfer(text, options).option;

const RULES = new Map<SeedParser, string>([
  [wholeAnswer, 'the whole answer'],
  [firstCharacter, 'the first character'],
  [inferredOption, 'the inferred option'],
]);

/** Scores each question; one without an answer is wrong. */
function scoreQuestions(
  { gold }: SeedData,
  answers: readonly Answer[],
  parse: SeedParser,
): ItemRecord[] {
  const byKey = answersByKey(answers);
  return gold.map((question) => {
    const text = byKey.get(question.key);
    const parsed = text === undefined ? null : parse(text, question);
    return {
      id: question.id,
      gold: question.gold,
      answer: text ?? null,
      parsed,
      rule: text === undefined ? 'no answer' : parsed === null ? 'no letter' : RULES.get(parse)!,
      score: Number(parsed === question.gold),
    };
  });
}

/** Share in percent; null of nothing. */
function percentOf(scores: readonly number[]): number | null {
  const share = quotient(sumOf(scores), scores.length);
  return share === null ? null : share * 100;
}

const line = (name: string, percent: number | null): string =>
  percent === null ? '' : `${name}: ${formatFixed(percent, 2)}%\n`;

/** Ids in ascending order: numbers before texts. */
const byId = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;

/**
 * Accuracy of each question type, of all, and of image and video questions.
 *
 * Source: haotian-liu/LLaVA scripts/convert_seed_for_submission.py.
 */
export function scoreSeed(data: SeedData, answers: readonly Answer[], parse: SeedParser): Score {
  const items = scoreQuestions(data, answers, parse);
  const types = new Groups<string | number>();
  const dataTypes = new Groups<string>();
  items.forEach(({ score }, row) => {
    types.add(data.gold[row]!.typeId, score);
    dataTypes.add(data.gold[row]!.dataType, score);
  });
  const perType = types
    .entries()
    .sort(([a], [b]) => byId(a, b))
    .map(([id, scores]) => [data.types.get(id) ?? String(id), percentOf(scores)] as const);
  const ofDataType = (name: string): readonly number[] =>
    dataTypes.entries().find(([type]) => type === name)?.[1] ?? [];
  const [image, video] = [ofDataType('image'), ofDataType('video')];
  const total = percentOf(items.map(({ score }) => score));
  const printed = [
    ...perType.map(([name, percent]) => line(name, percent)),
    line('Total accuracy', total),
    line('image accuracy', percentOf(image)),
    line('video accuracy', percentOf(video)),
  ].join('');
  return {
    metrics: {
      questions: items.length,
      total,
      image: percentOf(image),
      image_n: image.length,
      video: percentOf(video),
      video_n: video.length,
      per_type: Object.fromEntries(perType),
      printed,
    },
    denominator: items.length,
    items,
    printed,
  };
}

/** Accuracy of all and of each kind of picture (chart, map, web). */
export function scoreSeedPlus(
  data: SeedData,
  answers: readonly Answer[],
  parse: SeedParser,
): Score {
  const items = scoreQuestions(data, answers, parse);
  const kinds = new Groups<string>();
  items.forEach(({ score }, row) => {
    kinds.add(data.gold[row]!.imageType, score);
  });
  return {
    metrics: {
      questions: items.length,
      total: percentOf(items.map(({ score }) => score)),
      ...Object.fromEntries(kinds.entries().map(([kind, scores]) => [kind, percentOf(scores)])),
    },
    denominator: items.length,
    items,
  };
}
