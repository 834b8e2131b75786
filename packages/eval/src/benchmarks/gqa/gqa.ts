import { countKeys } from '../../answers.js';
import type { Benchmark } from '../../benchmark.js';
import { type GqaAnswer, type GqaData, readGqa, readGqaAnswers } from './data.js';
import { scoreGqa } from './score.js';

/** GQA: compositional questions over scene graphs, test-dev balanced. */
export const gqa: Benchmark<GqaData, readonly GqaAnswer[]> = {
  id: 'gqa',
  title: 'GQA',
  aliases: { lmmsEval: ['gqa'], vlmEvalKit: ['GQA_TestDev_Balanced'] },
  groups: ['llava', 'effivlm-bench'],
  questionCount: 12_578,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'haotian-liu (gist db6eddc2a984b4cbcc8a7f26fd523187)',
        path: 'eval.py',
        commit: null,
      },
      denominator: 'balanced questions',
      verified: true,
      headline: { path: ['accuracy'], scale: 1 },
    },
  ],
  llavaFolder: 'gqa',
  pictureFolder: 'data/images',
  files: [
    { path: 'llava_gqa_testdev_balanced.jsonl', source: 'eval.zip of LLaVA' },
    {
      path: 'data/testdev_balanced_questions.json',
      source: 'https://cs.stanford.edu/people/dorarad/gqa/download.html',
    },
    { path: 'data/images', source: 'https://cs.stanford.edu/people/dorarad/gqa/download.html' },
  ],
  read: readGqa,
  readAnswers: readGqaAnswers,
  count: ({ gold }, answers) =>
    countKeys(
      [...gold].flatMap(([id, { isBalanced }]) => (isBalanced ? [id] : [])),
      answers.map(({ id }) => id),
    ),
  select: ({ gold, questions }, ids) => ({
    gold: new Map([...gold].filter(([id]) => ids.has(id))),
    questions: questions.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ questions }) => questions,
  score: (_definition, data, answers) => scoreGqa(data, answers),
};
