import { type Answer, countKeys, readAnswers } from '../../answers.js';
import type { Benchmark, Definition } from '../../benchmark.js';
import { findFile, type Input } from '../../files/input.js';
import { readQuestionFile } from '../../questions.js';
import { llava, lmmsEval, vlmEvalKit } from '../../sources.js';
import { type PopeData, readLabels, readPopeTable } from './labels.js';
import { scoreByLlava } from './score-llava.js';
import { scoreByLmmsEval } from './score-lmms-eval.js';
import { scoreByVlmEvalKit } from './score-vlmevalkit.js';
import { alignSplits, type Split, selectQuestions } from './splits.js';

const SCORERS = {
  llava: scoreByLlava,
  lmms_eval: scoreByLmmsEval,
  vlmevalkit_exact_matching: scoreByVlmEvalKit,
} satisfies Readonly<Record<string, (splits: readonly Split[]) => unknown>>;

const definitions: readonly [Definition, ...Definition[]] = [
  {
    name: 'llava',
    scorer: llava('llava/eval/eval_pope.py'),
    denominator: 'answers of a split, paired with its labels by position',
    verified: true,
    headline: { path: ['average_f1'], scale: 100 },
  },
  {
    name: 'lmms_eval',
    scorer: lmmsEval('lmms_eval/tasks/pope/utils.py'),
    denominator: 'answers; precision and recall over those that equal yes or no',
    verified: true,
  },
  {
    name: 'vlmevalkit_exact_matching',
    scorer: vlmEvalKit('vlmeval/dataset/utils/yorn.py'),
    denominator: 'answers of all splits pooled, and of each split',
    verified: true,
  },
];

async function read(data: Input): Promise<PopeData> {
  const path = data.isFolder ? await findFile(data, ['llava_pope_test.jsonl']) : undefined;
  if (path === undefined) return readPopeTable(data);
  return { questions: await readQuestionFile(path), labels: await readLabels(data) };
}

/** POPE: is an object in the picture? */
export const pope: Benchmark<PopeData, readonly Answer[]> = {
  id: 'pope',
  title: 'POPE',
  aliases: { lmmsEval: ['pope'], vlmEvalKit: ['POPE'] },
  groups: ['llava', 'uniprunebench', 'effivlm-bench'],
  questionCount: 8910,
  definitions,
  llavaFolder: 'pope',
  pictureFolder: 'val2014',
  files: [
    { path: 'llava_pope_test.jsonl', source: 'eval.zip of LLaVA' },
    {
      path: 'coco',
      source:
        'https://github.com/AoiDragon/POPE/tree/e3e39262c85a6a83f26cf5094022a782cb0df58d/output/coco',
    },
    { path: 'val2014', source: 'http://images.cocodataset.org/zips/val2014.zip' },
  ],
  read,
  readAnswers,
  count: ({ questions }, answers) =>
    countKeys(
      questions.map(({ id }) => id),
      answers.map(({ id }) => id),
    ),
  select: selectQuestions,
  questions: ({ questions }) => questions,
  score: (definition, data, answers) =>
    SCORERS[definition as keyof typeof SCORERS](alignSplits(data, answers)),
};
