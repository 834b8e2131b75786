import { z } from 'zod';
import { idFields } from '../../records.js';
import { byLetter, letterAt } from '../../scoring/choice/letters.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { rowBenchmark } from '../row-benchmark.js';
import { scoreByLmmsEval, scoreByMova, scoreByVlmEvalKit } from './score.js';

const PROMPT = "\nAnswer with the option's letter from the given choices directly.";

const optionsSchema = z.union([
  z.record(z.string(), z.string()),
  z.array(z.string()).transform(byLetter),
]);

/** lmms-eval's files give the answer as the place of the option. */
const schema = z
  .object({
    ...idFields,
    question: z.string(),
    options: optionsSchema,
    answer: z.union([z.string(), z.number().transform(String)]),
    image: z.string().optional(),
  })
  .transform((row) => ({
    ...row,
    answer: /^\d+$/.test(row.answer) ? letterAt(Number(row.answer)) : row.answer,
  }));

/** AI2D: questions about diagrams of school books. */
export const ai2d = rowBenchmark({
  id: 'ai2d',
  title: 'AI2D',
  aliases: {
    lmmsEval: ['ai2d', 'ai2d_no_mask'],
    vlmEvalKit: ['AI2D_TEST', 'AI2D_TEST_NO_MASK'],
  },
  groups: ['reasoning', 'effivlm-bench'],
  questionCount: 3088,
  definitions: [
    {
      name: 'mova_exact_match',
      scorer: {
        repository: 'TempleX98/MoVA',
        path: 'playground/data/eval/ai2d/eval_ai2d.py',
        commit: '52f83e5',
      },
      denominator: 'answers',
      verified: true,
      scoreRows: scoreByMova,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/ai2d/utils.py'),
      denominator: 'answers',
      verified: true,
      scoreRows: scoreByLmmsEval,
    },
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/utils/matching_util.py'),
      denominator: 'answers',
      verified: true,
      scoreRows: scoreByVlmEvalKit,
    },
  ],
  files: [
    { path: 'test.jsonl', source: 'https://huggingface.co/datasets/lmms-lab/ai2d' },
    { path: 'images', source: 'https://prior.allenai.org/projects/diagram-understanding' },
  ],
  dataNames: ['rows.jsonl', 'test.jsonl', 'test.json'],
  schema,
  ask: ({ question, options, image }) => {
    const written = Object.entries(options).map(([letter, text]) => `\n${letter}. ${text}`);
    return {
      text: question.endsWith(PROMPT) ? question : question + written.join('') + PROMPT,
      images: [image],
      maxNewTokens: 16,
    };
  },
});
