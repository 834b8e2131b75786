import { z } from 'zod';
import type { ItemRecord, Score } from '../../benchmark.js';
import { idFields } from '../../records.js';
import { meanOrNull } from '../../scoring/average.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { extractLetter } from '../../scoring/choice/extract-letter.js';
import { letteredOptions } from '../../scoring/choice/letters.js';
import { pythonTrim, pythonTrimEndOf } from '../../scoring/python/text.js';
import { countUnparsed } from '../../scoring/unparsed.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { type AnsweredRow, rowBenchmark } from '../row-benchmark.js';

const LETTERS = ['A', 'B', 'C', 'D'];

const schema = z.object({
  ...idFields,
  question: z.string(),
  answer: z.string(),
  image: z.string().optional(),
  A: z.string().optional(),
  B: z.string().optional(),
  C: z.string().optional(),
  D: z.string().optional(),
});
type Fields = z.infer<typeof schema>;
type Row = AnsweredRow<Fields>;

function scoreEach(
  rows: readonly Row[],
  scoreRow: (row: Row) => ItemRecord,
): Omit<Score, 'metrics'> & { readonly metrics: { readonly exact_match: number | null } } {
  const items = rows.map(scoreRow);
  return {
    metrics: { exact_match: meanOrNull(items.map(({ score }) => score)) },
    denominator: items.length,
    items,
  };
}

/** A letter is looked for where the gold answer is one; other answers must be equal but for case and a final period. */
function scoreByLmmsEval({ id, fields, answer }: Row): ItemRecord {
  const gold = pythonTrim(fields.answer);
  if (LETTERS.includes(gold.toUpperCase())) {
    const { letter, rule } = extractLetter(answer, LETTERS);
    return { id, gold, answer, parsed: letter, rule, score: Number(letter === gold.toUpperCase()) };
  }
  const parsed = pythonTrimEndOf(pythonTrim(answer.toLowerCase()), '.');
  const score = Number(parsed === gold.toLowerCase());
  return { id, gold, answer, parsed, rule: 'same text without final periods', score };
}

const WRITTEN_OPTION = /^([A-D])\. (.*)$/gm;

/** Options as columns, or as lines of the question. */
function optionsOf(fields: Fields): Record<string, string> {
  const columns = letteredOptions(fields, LETTERS);
  if (Object.keys(columns).length > 0) return columns;
  const written = fields.question.matchAll(WRITTEN_OPTION);
  return Object.fromEntries(Array.from(written, ([, letter = '', text = '']) => [letter, text]));
}

function scoreByVlmEvalKit({ id, fields, answer }: Row): ItemRecord {
  const { option, rule } = canInfer(answer, optionsOf(fields));
  const score = Number(option === fields.answer);
  return { id, gold: fields.answer, answer, parsed: option, rule, score };
}

/** With the answers that VLMEvalKit would hand to a judge. */
function scoreAllByVlmEvalKit(rows: readonly Row[]): Score {
  const { items, metrics, ...score } = scoreEach(rows, scoreByVlmEvalKit);
  return { ...score, items, metrics: { ...metrics, to_judge: countUnparsed(items) } };
}

/** RealWorldQA: photographs from everyday life, many of them from cars. */
export const realworldqa = rowBenchmark<Fields>({
  id: 'realworldqa',
  title: 'RealWorldQA',
  aliases: { lmmsEval: ['realworldqa'], vlmEvalKit: ['RealWorldQA'] },
  groups: ['reasoning', 'effivlm-bench'],
  questionCount: 765,
  definitions: [
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/realworldqa/utils.py'),
      denominator: 'answers',
      verified: false,
      scoreRows: (rows) => scoreEach(rows, scoreByLmmsEval),
    },
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/dataset/utils/multiple_choice.py'),
      denominator: 'answers',
      verified: false,
      scoreRows: scoreAllByVlmEvalKit,
    },
  ],
  files: [{ path: 'test.jsonl', source: 'https://huggingface.co/datasets/lmms-lab/RealWorldQA' }],
  dataNames: ['rows.jsonl', 'test.jsonl', 'RealWorldQA.jsonl', 'test.json'],
  schema,
  // The question ends with its own request for the letter alone.
  ask: ({ question, image }) => ({
    text: pythonTrim(question),
    images: [image],
    maxNewTokens: 16,
  }),
});
