import type { ItemRecord, Score } from '../../benchmark.js';
import { formatFloat } from '../../scoring/python/number.js';
import { pythonTrim } from '../../scoring/python/text.js';
import type { AnsweredRow, Row } from '../row-benchmark.js';
import { SOURCES } from './sources.js';

/** One question, whichever tool's file it comes from. */
export interface OcrBenchFields {
  readonly dataset_name: string;
  readonly type: string;
  readonly answers: readonly string[];
}

type Rows = readonly AnsweredRow<OcrBenchFields>[];

const RECOGNITION_TYPES = [
  'Regular Text Recognition',
  'Irregular Text Recognition',
  'Artistic Text Recognition',
  'Handwriting Recognition',
  'Digit String Recognition',
  'Non-Semantic Text Recognition',
];
/** Handwritten formulas: blanks do not count, case does. */
export const FORMULAS = 'HME100k';
/** The type of these questions. */
export const FORMULA_TYPE = 'Handwritten Mathematical Expression Recognition';
const OTHER_TYPES: readonly (readonly [type: string, total: number])[] = [
  ['Scene Text-centric VQA', 200],
  ['Doc-oriented VQA', 200],
  ['Key Information Extraction', 200],
  [FORMULA_TYPE, 100],
];
const TYPES = [...RECOGNITION_TYPES, ...OTHER_TYPES.map(([type]) => type)];
/** The official file; with another number of rows the script reports by source data set. */
const OFFICIAL_ROWS = 1000;

const asLine = (text: string): string => pythonTrim(text).replaceAll('\n', ' ');
const asFormula = (text: string): string => asLine(text).replaceAll(' ', '');
const lowerLine = (text: string): string => asLine(text.toLowerCase());

const FULL_WIDTH = /[\uff01-\uff5e\u3000]/g;
const FULL_WIDTH_OFFSET = 0xfee0;

/** Full-width forms of ASCII and the ideographic blank as ASCII. */
const foldFullWidth = (text: string): string =>
  text.replace(FULL_WIDTH, (character) =>
    character === '\u3000' ? ' ' : String.fromCharCode(character.charCodeAt(0) - FULL_WIDTH_OFFSET),
  );

function scoreRow(row: AnsweredRow<OcrBenchFields>, fold: (text: string) => string): ItemRecord {
  const { id, fields, answer } = row;
  const isFormula = fields.dataset_name === FORMULAS;
  const clean = isFormula ? asFormula : (text: string) => lowerLine(fold(text));
  const parsed = clean(answer);
  const found = fields.answers.some((gold) => parsed.includes(clean(gold)));
  const rule = isFormula ? 'gold formula in the answer, without blanks' : 'gold text in the answer';
  return { id, gold: fields.answers, answer, parsed, rule, score: Number(found) };
}

const hitsBy = (
  rows: Rows,
  items: readonly ItemRecord[],
  key: (fields: OcrBenchFields) => string,
  keys: readonly string[],
): Record<string, number> => {
  const hits: Record<string, number> = Object.fromEntries(keys.map((name) => [name, 0]));
  items.forEach(({ score }, place) => {
    const name = key(rows[place]!.fields);
    hits[name] = (hits[name] ?? 0) + score;
  });
  return hits;
};

const sumOf = (hits: Readonly<Record<string, number>>, keys: readonly string[]): number =>
  keys.reduce((sum, key) => sum + (hits[key] ?? 0), 0);

/** What the script prints for its 1,000 rows. */
function printTotals(hits: Readonly<Record<string, number>>): string {
  const ruler = '-'.repeat(64);
  return [
    `${'#'.repeat(27)}OCRBench${'#'.repeat(30)}`,
    `Text Recognition(Total 300):${sumOf(hits, RECOGNITION_TYPES)}`,
    `${'-'.repeat(18)}Details of Recognition Score${'-'.repeat(19)}`,
    ...RECOGNITION_TYPES.map((type) => `${type}(Total 50): ${hits[type]}`),
    ...OTHER_TYPES.flatMap(([type, total]) => [ruler, `${type}(Total ${total}): ${hits[type]}`]),
    `${'-'.repeat(22)}Final Score${'-'.repeat(31)}`,
    `Final Score(Total 1000): ${sumOf(hits, TYPES)}`,
    '',
  ].join('\n');
}

/** Rows of each source data set, answered or not, in the script's order; sources that it does not know come last. */
function countsBySource(rows: readonly Row<OcrBenchFields>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { fields } of rows) {
    counts.set(fields.dataset_name, (counts.get(fields.dataset_name) ?? 0) + 1);
  }
  const placeOf = (source: string): number =>
    SOURCES.includes(source) ? SOURCES.indexOf(source) : SOURCES.length;
  return new Map([...counts].sort(([first], [second]) => placeOf(first) - placeOf(second)));
}

/**
 * The official rule. With 1,000 rows hits are summed by type; with any other number the script reports the share of hits
 * of each source data set instead.
 *
 * Source: Yuliang-Liu/MultimodalOCR OCRBench/example.py.
 */
export function scoreByOcrBench(rows: Rows, allRows: readonly Row<OcrBenchFields>[]): Score {
  const rowCount = allRows.length;
  const items = rows.map((row) => scoreRow(row, (text) => text));
  const hits = hitsBy(rows, items, ({ type }) => type, TYPES);
  const totals = { final_score: sumOf(hits, TYPES), per_type: hits, questions: rowCount };
  if (rowCount === OFFICIAL_ROWS) {
    return { metrics: totals, denominator: rowCount, items, printed: printTotals(hits) };
  }
  const counts = countsBySource(allRows);
  const sourceHits = hitsBy(rows, items, (fields) => fields.dataset_name, [...counts.keys()]);
  const shares = Object.fromEntries(
    Array.from(counts, ([source, count]) => [source, (sourceHits[source] ?? 0) / count]),
  );
  const lines = Object.entries(shares).map(([source, share]) => `${source}: ${formatFloat(share)}`);
  return {
    metrics: { ...totals, per_dataset: shares },
    denominator: items.length,
    items,
    printed: `${lines.join('\n')}\n`,
  };
}

/**
 * lmms-eval's rule: as the official one after folding full-width ASCII; always divided by 1,000.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/ocrbench/utils.py.
 */
export function scoreByLmmsEval(rows: Rows): Score {
  const items = rows.map((row) => scoreRow(row, foldFullWidth));
  const hits = hitsBy(rows, items, ({ type }) => type, TYPES);
  const correct = sumOf(hits, TYPES);
  return {
    metrics: { ocrbench_accuracy: correct / OFFICIAL_ROWS, correct, per_type: hits },
    denominator: OFFICIAL_ROWS,
    items,
  };
}

/**
 * VLMEvalKit's rule: as the official one, with formulas told by their type.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/image_vqa.py `OCRBench`.
 */
export function scoreByVlmEvalKit(rows: Rows): Score {
  const items = rows.map(({ fields, ...row }) => {
    const dataset_name = fields.type === FORMULA_TYPE ? FORMULAS : '';
    return scoreRow({ ...row, fields: { ...fields, dataset_name } }, (text) => text);
  });
  const hits = hitsBy(rows, items, ({ type }) => type, TYPES);
  const total = sumOf(hits, TYPES);
  return {
    metrics: {
      'Text Recognition': sumOf(hits, RECOGNITION_TYPES),
      ...Object.fromEntries(OTHER_TYPES.map(([type]) => [type, hits[type] ?? 0])),
      'Final Score': total,
      'Final Score Norm': total / 10,
    },
    denominator: OFFICIAL_ROWS,
    items,
  };
}
