import { type Answer, readAnswers } from '../../answers.js';
import type { Benchmark, Score } from '../../benchmark.js';
import { llava, lmmsEval } from '../../sources.js';
import { countScienceQa, readScienceQa, type ScienceQaData } from './data.js';
import { scoreByLlava, scoreByLmmsEval, scoreCategories } from './score.js';

type Scorer = (data: ScienceQaData, answers: readonly Answer[]) => Score;

const SCORERS: Readonly<Record<string, Scorer>> = {
  llava: scoreByLlava,
  scienceqa_categories: scoreCategories,
  lmms_eval: scoreByLmmsEval,
};

/** ScienceQA test: multiple choice, half of the questions with a picture. */
export const scienceqa: Benchmark<ScienceQaData, readonly Answer[]> = {
  id: 'scienceqa',
  title: 'ScienceQA',
  aliases: {
    lmmsEval: ['scienceqa', 'scienceqa_img', 'scienceqa_full'],
    vlmEvalKit: ['ScienceQA_TEST', 'ScienceQA_VAL'],
  },
  groups: ['llava', 'uniprunebench', 'effivlm-bench'],
  questionCount: 4241,
  definitions: [
    {
      name: 'llava',
      scorer: llava('llava/eval/eval_science_qa.py'),
      denominator: 'problems of the split; IMG: answers whose prompt has a picture',
      verified: true,
      headline: { path: ['img_accuracy'], scale: 1 },
    },
    {
      name: 'scienceqa_categories',
      scorer: {
        repository: 'lupantech/ScienceQA',
        path: 'tools/evaluate_acc.py',
        commit: '2cbf8318e0',
      },
      denominator: 'problems of each subject, context, grade and topic',
      verified: true,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/scienceqa/utils.py'),
      denominator: 'answered problems, and those of them with a picture',
      verified: false,
    },
  ],
  llavaFolder: 'scienceqa',
  pictureFolder: 'images/test',
  files: [
    { path: 'problems.json', source: 'https://github.com/lupantech/ScienceQA' },
    { path: 'pid_splits.json', source: 'https://github.com/lupantech/ScienceQA' },
    { path: 'llava_test_CQM-A.json', source: 'eval.zip of LLaVA' },
    { path: 'images/test', source: 'https://github.com/lupantech/ScienceQA' },
  ],
  read: readScienceQa,
  readAnswers,
  count: countScienceQa,
  select: ({ problems, questions }, ids) => ({
    problems: new Map([...problems].filter(([id]) => ids.has(id))),
    questions: questions.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ questions }) => questions,
  score: (definition, data, answers) => SCORERS[definition]!(data, answers),
};
