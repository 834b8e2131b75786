import { z } from 'zod';
import { idFields } from '../../records.js';
import { letterAt } from '../../scoring/choice/letters.js';
import { rowBenchmark } from '../row-benchmark.js';
import { scoreMathVision } from './score.js';

const PROMPT =
  'Please solve the problem step by step and put your answer in one "\\boxed{}". If it is a multiple choice question, only one letter is allowed in the "\\boxed{}".\n';

const schema = z.object({
  ...idFields,
  question: z.string().default(''),
  options: z.array(z.string()).default([]),
  answer: z.union([z.string(), z.number().transform(String)]),
  level: z.number(),
  subject: z.string(),
  image: z.string().optional(),
});

/** MATH-Vision: problems of mathematics competitions with pictures. */
export const mathvision = rowBenchmark({
  id: 'mathvision',
  title: 'MATH-Vision',
  aliases: {
    lmmsEval: ['mathvision_test', 'mathvision_testmini'],
    vlmEvalKit: ['MathVision', 'MathVision_MINI'],
  },
  groups: ['reasoning', 'uniprunebench'],
  questionCount: 3040,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'mathllm/MATH-V',
        path: 'evaluation/evaluate.py',
        commit: 'a1f5cc3add200c0cd080fad463e500f44ef1fb41',
      },
      denominator: 'answers',
      verified: true,
      scoreRows: scoreMathVision,
    },
  ],
  files: [
    { path: 'test.jsonl', source: 'https://github.com/mathllm/MATH-V/tree/main/data' },
    { path: 'images', source: 'https://huggingface.co/datasets/MathLLMs/MathVision' },
  ],
  dataNames: ['test.jsonl', 'testmini.jsonl'],
  schema,
  ask: ({ question, options, image }) => {
    // Options that are only their letters stand in the picture.
    const inPicture = options.join('') === 'ABCDE';
    const written = options.map((text, place) => `(${letterAt(place)}) ${text}\n`);
    return {
      text: `${PROMPT}${question}\n${inPicture ? '' : written.join('')}`,
      images: [image],
      maxNewTokens: 1024,
    };
  },
});
