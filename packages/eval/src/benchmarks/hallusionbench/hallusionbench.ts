import { z } from 'zod';
import { idSchema } from '../../answers.js';
import { idFields } from '../../records.js';
import { vlmEvalKit } from '../../sources.js';
import { rowBenchmark } from '../row-benchmark.js';
import { scoreByJudge } from './official.js';
import { scoreByVlmEvalKit } from './vlmevalkit.js';

const tableSchema = z.object({
  index: idSchema,
  category: z.string(),
  'l2-category': z.string(),
  question: z.string(),
  answer: z.string(),
});

const JUDGE_TASK =
  'Say whether an answer agrees with the reference answer to a question about a picture. ' +
  'Reply with one word: correct, incorrect, or unclear if the answer does not commit itself.';

const number = z.union([z.string(), z.number().transform(String)]);

/** The official file, as VLMEvalKit turns it into its table. */
const officialSchema = z
  .object({
    ...idFields,
    category: z.string(),
    subcategory: z.string(),
    visual_input: number,
    set_id: number,
    figure_id: number,
    question_id: number,
    question: z.string(),
    gt_answer: number,
    gt_answer_details: z.string().optional(),
    filename: z.string().nullish(),
  })
  .transform((row) => ({
    index: [
      row.category,
      row.subcategory,
      row.visual_input,
      row.set_id,
      row.figure_id,
      row.question_id,
    ].join('_'),
    category: row.category,
    'l2-category': row.subcategory,
    question: row.question,
    answer: row.gt_answer === '1' ? 'Yes' : 'No',
    filename: row.filename ?? undefined,
    details: row.gt_answer_details,
  }));

const schema = z.union([
  tableSchema.transform((row) => ({ ...row, filename: undefined, details: undefined })),
  officialSchema,
]);

/** HallusionBench: yes-or-no questions about illusions and altered figures. */
export const hallusionbench = rowBenchmark({
  id: 'hallusionbench',
  title: 'HallusionBench',
  aliases: { lmmsEval: ['hallusion_bench_image'], vlmEvalKit: ['HallusionBench'] },
  groups: ['hallucination', 'uniprunebench'],
  questionCount: 951,
  definitions: [
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/dataset/utils/yorn.py'),
      denominator: 'answers (aAcc), figures (fAcc), questions (qAcc)',
      verified: true,
      scoreRows: scoreByVlmEvalKit,
    },
    {
      name: 'judged',
      scorer: {
        repository: 'tianyi-lab/HallusionBench',
        path: 'evaluation.py',
        commit: '744007c232c292942c7f80eb61edb2465482da31',
      },
      denominator:
        'judged answers (aAcc), figures (fAcc), questions on all figures (qAcc, easy, hard)',
      verified: false,
      scoreRows: scoreByJudge,
    },
  ],
  files: [
    { path: 'HallusionBench.json', source: 'https://github.com/tianyi-lab/HallusionBench' },
    { path: 'hallusion_bench', source: 'the link in the README of HallusionBench' },
  ],
  dataNames: [
    'rows.jsonl',
    'HallusionBench.jsonl',
    'HallusionBench.json',
    'HallusionBench_result.json',
  ],
  schema,
  idOf: (record, place) => record.index ?? record.question_id ?? String(place),
  ask: ({ question, filename }) => ({
    text: question,
    images: [filename],
    maxNewTokens: 128,
  }),
  askJudge: ({ id, fields, answer }) => ({
    id,
    system: JUDGE_TASK,
    text: [
      `Question: ${fields.question}`,
      `Reference answer: ${fields.details ?? fields.answer}`,
      `Answer: ${answer}`,
    ].join('\n'),
    images: [],
    temperature: 0,
    maxTokens: 8,
  }),
});
