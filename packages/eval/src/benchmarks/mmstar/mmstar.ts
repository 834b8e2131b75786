import { z } from 'zod';
import { idFields } from '../../records.js';
import { letteredOptions } from '../../scoring/choice/letters.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { rowBenchmark } from '../row-benchmark.js';
import { scoreByLmmsEval, scoreByMmStar, scoreByVlmEvalKit } from './score.js';

const PROMPT = "\nAnswer with the option's letter from the given choices directly";

const schema = z
  .object({
    ...idFields,
    question: z.string(),
    answer: z.string(),
    category: z.string(),
    l2_category: z.string(),
    image: z.string().optional(),
    A: z.string().optional(),
    B: z.string().optional(),
    C: z.string().optional(),
    D: z.string().optional(),
  })
  .transform(({ A, B, C, D, ...row }) => ({ ...row, options: letteredOptions({ A, B, C, D }) }));

/** MMStar: questions that need the picture. */
export const mmstar = rowBenchmark({
  id: 'mmstar',
  title: 'MMStar',
  aliases: { lmmsEval: ['mmstar'], vlmEvalKit: ['MMStar'] },
  groups: ['reasoning', 'effivlm-bench'],
  questionCount: 1500,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'MMStar-Benchmark/MMStar',
        path: 'eval/vlmeval/evaluate/mmstar.py',
        commit: '88f243ab4a39cb339530085c33aecb22819881a1',
      },
      denominator: '1500, and 250 a category, whatever the number of rows',
      verified: true,
      headline: { path: ['final score'], scale: 100 },
      scoreRows: scoreByMmStar,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/mmstar/utils.py'),
      denominator: 'sub-categories, each the mean of its answers',
      verified: false,
      headline: { path: ['average'], scale: 100 },
      scoreRows: scoreByLmmsEval,
    },
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/dataset/utils/multiple_choice.py'),
      denominator: 'answers',
      verified: false,
      scoreRows: scoreByVlmEvalKit,
    },
  ],
  files: [{ path: 'mmstar.jsonl', source: 'https://huggingface.co/datasets/Lin-Chen/MMStar' }],
  dataNames: ['rows.jsonl', 'mmstar.jsonl', 'MMStar.jsonl', 'MMStar.json'],
  schema,
  ask: ({ question, image }) => ({
    text: question.trim() + PROMPT,
    images: [image],
    maxNewTokens: 128,
  }),
});
