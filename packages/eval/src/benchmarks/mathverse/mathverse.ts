import { z } from 'zod';
import { idFields } from '../../records.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { lmmsEval } from '../../sources.js';
import { rowBenchmark } from '../row-benchmark.js';
import { scoreByJudge, scoreByText } from './score.js';

const schema = z.object({
  ...idFields,
  problem_version: z.string(),
  question: z.string().default(''),
  question_for_eval: z.string().optional(),
  query_wo: z.string().optional(),
  answer: z.union([z.string(), z.number().transform(String)]),
  metadata: z
    .object({ subject: z.string().optional(), subfield: z.string().optional() })
    .default({}),
  image: z.string().optional(),
});

const LMMS_EVAL = lmmsEval('lmms_eval/tasks/mathverse/mathverse_evals.py');

const JUDGE_TASK =
  'Compare the final result of a solution with the reference answer to a mathematics problem. ' +
  'Reply with 1 if both are the same value or option, else with 0, and with nothing else.';

/** MathVerse: geometry and functions, each problem with more and more of its text moved into the picture. */
export const mathverse = rowBenchmark({
  id: 'mathverse',
  title: 'MathVerse (testmini)',
  aliases: {
    lmmsEval: ['mathverse', 'mathverse_testmini', 'mathverse_testmini_vision'],
    vlmEvalKit: ['MathVerse_MINI'],
  },
  groups: ['reasoning', 'effivlm-bench'],
  questionCount: 3940,
  definitions: [
    {
      name: 'judged',
      scorer: LMMS_EVAL,
      denominator: 'judged answers',
      verified: false,
      scoreRows: scoreByJudge,
    },
    {
      name: 'quick_match',
      scorer: LMMS_EVAL,
      denominator: 'answers',
      verified: false,
      scoreRows: scoreByText,
    },
  ],
  files: [{ path: 'testmini.jsonl', source: 'https://huggingface.co/datasets/AI4Math/MathVerse' }],
  dataNames: ['rows.jsonl', 'testmini.jsonl', 'testmini.json'],
  schema,
  ask: ({ question, query_wo: query, image }) => ({
    text: query ?? question,
    images: [image],
    maxNewTokens: 1024,
  }),
  askJudge: ({ id, fields, answer }) => ({
    id,
    system: JUDGE_TASK,
    text: [
      `Problem: ${fields.question_for_eval ?? fields.question}`,
      `Reference answer: ${fields.answer}`,
      `Solution: ${pythonTrim(answer)}`,
      'Verdict (1 or 0):',
    ].join('\n\n'),
    images: [],
    temperature: 0,
    maxTokens: 4,
  }),
});
