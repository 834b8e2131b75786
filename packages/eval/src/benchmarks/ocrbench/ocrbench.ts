import { z } from 'zod';
import { parsePythonList } from '../../scoring/python/literal.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { rowBenchmark } from '../row-benchmark.js';
import {
  FORMULA_TYPE,
  FORMULAS,
  scoreByLmmsEval,
  scoreByOcrBench,
  scoreByVlmEvalKit,
} from './score.js';

const answersSchema = z.union([
  z.array(z.string()),
  z.string().transform((text): string[] => [text]),
]);

/** Rows of the official file, which also holds the predictions, and of lmms-eval. */
const ocrBenchSchema = z.union([
  z.object({
    dataset_name: z.string(),
    type: z.string(),
    question: z.string(),
    answers: answersSchema,
    image_path: z.string().optional(),
  }),
  z
    .object({
      dataset: z.string(),
      question_type: z.string(),
      question: z.string(),
      answer: answersSchema,
    })
    .transform(({ dataset, question_type, question, answer }) => ({
      dataset_name: dataset,
      type: question_type,
      question,
      answers: answer,
      image_path: undefined,
    })),
  // VLMEvalKit's table, where the answers are a Python list and the source data set is not named.
  z
    .object({ category: z.string(), question: z.string(), answer: z.string() })
    .transform(({ category, question, answer }) => ({
      dataset_name: category === FORMULA_TYPE ? FORMULAS : '',
      type: category,
      question,
      answers: parsePythonList(answer) ?? [answer],
      image_path: undefined,
    })),
]);

/** OCRBench: reading text in pictures, five tasks. */
export const ocrbench = rowBenchmark({
  id: 'ocrbench',
  title: 'OCRBench',
  aliases: { lmmsEval: ['ocrbench'], vlmEvalKit: ['OCRBench'] },
  groups: ['documents', 'uniprunebench', 'effivlm-bench'],
  questionCount: 1000,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'Yuliang-Liu/MultimodalOCR',
        path: 'OCRBench/example.py',
        commit: '794c36d6423cf1d5764081128bcaeb46b240def6',
      },
      denominator: 'questions; with another count than 1000, answers of each source data set',
      verified: true,
      headline: { path: ['final_score'], scale: 1 },
      scoreRows: scoreByOcrBench,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/ocrbench/utils.py'),
      denominator: '1000, whatever the number of answers',
      verified: true,
      headline: { path: ['correct'], scale: 1 },
      scoreRows: scoreByLmmsEval,
    },
    {
      name: 'vlmevalkit',
      scorer: vlmEvalKit('vlmeval/dataset/image_vqa.py'),
      denominator: '1000, whatever the number of answers',
      verified: false,
      headline: { path: ['Final Score'], scale: 1 },
      scoreRows: scoreByVlmEvalKit,
    },
  ],
  files: [
    {
      path: 'OCRBench.json',
      source: 'https://github.com/Yuliang-Liu/MultimodalOCR/tree/main/OCRBench',
    },
    { path: 'OCRBench_Images', source: 'the link in the README of MultimodalOCR' },
  ],
  dataNames: ['OCRBench.json', 'predictions.json', 'rows.jsonl', 'test.jsonl'],
  schema: ocrBenchSchema,
  // The official ids repeat, so a row is known by its place.
  idOf: (_record, place) => String(place),
  ask: ({ question, image_path: image }) => ({
    text: question,
    images: [image],
    maxNewTokens: 128,
  }),
});
