import { countKeys } from '../../answers.js';
import type { Benchmark } from '../../benchmark.js';
import { lmmsEval } from '../../sources.js';
import {
  goldKey,
  type MmeAnswers,
  type MmeData,
  pictureKey,
  pictureOf,
  readMme,
  readMmeAnswers,
} from './data.js';
import { scoreByLmmsEval } from './score-lmms-eval.js';
import { scoreByScript } from './score-script.js';

/** MME: yes-or-no questions, two a picture, in fourteen tasks. */
export const mme: Benchmark<MmeData, MmeAnswers> = {
  id: 'mme',
  title: 'MME',
  aliases: { lmmsEval: ['mme'], vlmEvalKit: ['MME'] },
  groups: ['llava', 'uniprunebench', 'effivlm-bench'],
  questionCount: 2374,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'BradyFU/Awesome-Multimodal-Large-Language-Models',
        path: 'branch Evaluation, tools/eval_tool.zip, calculation.py',
        commit: 'dd2950902889cd614d4edf606827240166d29381',
      },
      denominator: 'answers, and pictures with two answers, of each task',
      verified: true,
      headline: { path: ['perception_total'], scale: 1 },
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/mme/utils.py'),
      denominator: 'pictures of each task',
      verified: true,
    },
  ],
  llavaFolder: 'MME',
  pictureFolder: 'MME_Benchmark_release_version',
  files: [
    { path: 'llava_mme.jsonl', source: 'eval.zip of LLaVA' },
    {
      path: 'MME_Benchmark_release_version',
      source: 'https://github.com/BradyFU/Awesome-Multimodal-Large-Language-Models/tree/Evaluation',
    },
  ],
  read: readMme,
  readAnswers: readMmeAnswers,
  count: ({ gold }, { lines, unknown }) => {
    const keys = lines.map(({ task, file, question }) => goldKey(task, file, question));
    if (unknown === undefined) return countKeys(keys, keys);
    return { ...countKeys(gold.keys(), keys), unknown };
  },
  select: ({ gold, questions }, ids) => {
    const files = new Set([...ids].map(pictureKey));
    return {
      gold: new Map([...gold].filter(([key]) => files.has(pictureOf(key)))),
      questions: questions.filter(({ id }) => ids.has(id)),
    };
  },
  questions: ({ questions }) => questions,
  score: (definition, _data, { lines }) =>
    definition === 'official' ? scoreByScript(lines) : scoreByLmmsEval(lines),
};
