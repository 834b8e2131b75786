import type { Answer } from '../../answers.js';
import type { Benchmark, Definition } from '../../benchmark.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { askMmBench } from './ask.js';
import { countMmBench, type MmBenchData, readMmBench, readMmBenchAnswers } from './data.js';
import { scoreByLmmsEval } from './score-lmms-eval.js';
import { scoreByVlmEvalKit } from './score-vlmevalkit.js';
import { uploadMmBench } from './upload.js';

type MmBench = Benchmark<MmBenchData, readonly Answer[]>;

const definitions = (verified: boolean): readonly [Definition, ...Definition[]] => [
  {
    name: 'vlmevalkit_exact_matching',
    scorer: vlmEvalKit('vlmeval/dataset/utils/multiple_choice.py'),
    denominator: 'circular: questions, all passes right; vanilla: rows',
    verified,
    headline: { path: ['circular_overall'], scale: 100 },
  },
  {
    name: 'lmms_eval_static',
    scorer: lmmsEval('lmms_eval/tasks/mmbench/mmbench_evals.py'),
    denominator: 'questions, all passes right',
    verified,
  },
];

const common = {
  groups: ['llava', 'uniprunebench'],
  submission: 'https://mmbench.opencompass.org.cn/mmbench-submission',
  readAnswers: readMmBenchAnswers,
  count: countMmBench,
  select: (data, ids) => ({ ...data, rows: data.rows.filter(({ index }) => ids.has(index)) }),
  score: (name, data, answers) =>
    name === 'lmms_eval_static' ? scoreByLmmsEval(data, answers) : scoreByVlmEvalKit(data, answers),
  upload: uploadMmBench,
} satisfies Partial<MmBench>;

/** MMBench, English: multiple choice, asked again with its options rotated. */
export const mmbench: MmBench = {
  ...common,
  id: 'mmbench',
  title: 'MMBench (dev, English)',
  aliases: {
    lmmsEval: ['mmbench_en_dev', 'mmbench_en'],
    vlmEvalKit: ['MMBench_DEV_EN', 'MMBench'],
  },
  questionCount: 4377,
  definitions: definitions(true),
  llavaFolder: 'mmbench',
  files: [
    {
      path: 'mmbench_dev_20230712.tsv',
      source:
        'https://download.openmmlab.com/mmclassification/datasets/mmbench/mmbench_dev_20230712.tsv',
    },
  ],
  read: (data) => readMmBench(data, /^(?:mmbench_dev_2\d+|MMBench(?:_DEV_EN.*)?)\.tsv$/),
  questions: (data) => askMmBench(data, 'en'),
};

/** MMBench-CN: the same questions in Chinese. */
export const mmbenchCn: MmBench = {
  ...common,
  id: 'mmbench-cn',
  title: 'MMBench-CN (dev, Chinese)',
  aliases: {
    lmmsEval: ['mmbench_cn_dev', 'mmbench_cn'],
    vlmEvalKit: ['MMBench_DEV_CN', 'MMBench_CN'],
  },
  questionCount: 4329,
  definitions: definitions(false),
  llavaFolder: 'mmbench_cn',
  files: [
    {
      path: 'mmbench_dev_cn_20231003.tsv',
      source:
        'https://download.openmmlab.com/mmclassification/datasets/mmbench/mmbench_dev_cn_20231003.tsv',
    },
  ],
  read: (data) => readMmBench(data, /^(?:mmbench_dev_cn_2\d+|MMBench_(?:DEV_)?CN.*)\.tsv$/),
  questions: (data) => askMmBench(data, 'cn'),
};
