import { z } from 'zod';
import type { Score } from '../../benchmark.js';
import { idFields } from '../../records.js';
import { meanOrNull } from '../../scoring/average.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { type AnsweredRow, rowBenchmark } from '../row-benchmark.js';
import { relaxedMatch } from './relaxed.js';

const HUMAN_SPLITS = ['human_test', 'test_human'];
const PROMPT = '\nAnswer the question with a single word.';

const schema = z.object({
  ...idFields,
  type: z.string().optional(),
  split: z.string().optional(),
  question: z.string(),
  answer: z.union([z.string(), z.number().transform(String)]),
  image: z.string().optional(),
});
type Fields = z.infer<typeof schema>;

const isHuman = ({ type, split }: Fields): boolean => HUMAN_SPLITS.includes(type ?? split ?? '');

/** @param clean  what the tool does with an answer before it compares */
function scoreRelaxed(
  rows: readonly AnsweredRow<Fields>[],
  clean: (answer: string) => string,
): Score {
  const items = rows.map(({ id, fields, answer }) => {
    const { correct, parsed, rule } = relaxedMatch(clean(answer), fields.answer);
    return { id, gold: fields.answer, answer, parsed, rule, score: Number(correct) };
  });
  const scoresOf = (wanted: (fields: Fields) => boolean): number[] =>
    items.flatMap(({ score }, row) => (wanted(rows[row]!.fields) ? [score] : []));
  return {
    metrics: {
      relaxed_overall: meanOrNull(scoresOf(() => true)),
      relaxed_human_split: meanOrNull(scoresOf(isHuman)),
      relaxed_augmented_split: meanOrNull(scoresOf((fields) => !isHuman(fields))),
    },
    denominator: items.length,
    items,
  };
}

/** ChartQA: questions about charts, asked by people and generated. */
export const chartqa = rowBenchmark<Fields>({
  id: 'chartqa',
  title: 'ChartQA',
  aliases: { lmmsEval: ['chartqa'], vlmEvalKit: ['ChartQA_TEST'] },
  groups: ['documents', 'effivlm-bench'],
  questionCount: 2500,
  definitions: [
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/chartqa/utils.py'),
      denominator: 'answers',
      verified: true,
      scoreRows: (rows) => scoreRelaxed(rows, (answer) => answer),
    },
    {
      name: 'vlmevalkit',
      scorer: vlmEvalKit('vlmeval/dataset/utils/vqa_eval.py'),
      denominator: 'answers, without blanks at the ends',
      verified: true,
      scoreRows: (rows) => scoreRelaxed(rows, pythonTrim),
    },
  ],
  files: [
    { path: 'test.jsonl', source: 'https://huggingface.co/datasets/lmms-lab/ChartQA' },
    { path: 'png', source: 'https://github.com/vis-nlp/ChartQA' },
  ],
  dataNames: ['rows.jsonl', 'test.jsonl', 'test.json'],
  schema,
  ask: ({ question, image }) => ({
    text: question + PROMPT,
    images: [image],
    maxNewTokens: 16,
  }),
});
