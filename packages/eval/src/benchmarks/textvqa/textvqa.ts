import type { Benchmark } from '../../benchmark.js';
import { llava } from '../../sources.js';
import {
  countTextVqa,
  imageOf,
  readTextVqa,
  readTextVqaAnswers,
  type TextVqaData,
  type TextVqaRun,
} from './data.js';
import { scoreTextVqa } from './score.js';

/** TextVQA validation: questions about text in pictures, asked with OCR tokens. */
export const textvqa: Benchmark<TextVqaData, readonly TextVqaRun[]> = {
  id: 'textvqa',
  title: 'TextVQA',
  aliases: { lmmsEval: ['textvqa', 'textvqa_val'], vlmEvalKit: ['TextVQA_VAL'] },
  groups: ['llava', 'effivlm-bench'],
  questionCount: 5000,
  definitions: [
    {
      name: 'm4c',
      scorer: llava('llava/eval/eval_textvqa.py'),
      denominator: 'answer lines',
      verified: true,
      headline: { path: ['accuracy_percent'], scale: 1 },
    },
  ],
  llavaFolder: 'textvqa',
  pictureFolder: 'train_images',
  files: [
    { path: 'llava_textvqa_val_v051_ocr.jsonl', source: 'eval.zip of LLaVA' },
    {
      path: 'TextVQA_0.5.1_val.json',
      source: 'https://dl.fbaipublicfiles.com/textvqa/data/TextVQA_0.5.1_val.json',
    },
    {
      path: 'train_images',
      source: 'https://dl.fbaipublicfiles.com/textvqa/images/train_val_images.zip',
    },
  ],
  read: readTextVqa,
  readAnswers: readTextVqaAnswers,
  count: countTextVqa,
  select: ({ gold, questions }, ids) => ({
    gold: new Map([...gold].filter(([key]) => ids.has(imageOf(key)))),
    questions: questions.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ questions }) => questions,
  score: (_definition, data, runs) => scoreTextVqa(data, runs),
};
