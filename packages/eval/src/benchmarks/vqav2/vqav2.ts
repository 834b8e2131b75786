import { AutopruneError } from '@autoprune/core';
import type { Benchmark, Definition, Score } from '../../benchmark.js';
import { llava, lmmsEval, vlmEvalKit } from '../../sources.js';
import { countVqa, readVqa, readVqaAnswers, type VqaAnswers, type VqaData } from './data.js';
import { headRule, lmmsEvalRule, m4cRule, oldRule, uploadRule, vlmEvalKitRule } from './rules.js';
import { officialMetrics, scoreVqa } from './score.js';
import { TEST_DEV_QUESTIONS, uploadVqa } from './upload.js';

const M4C = 'm4c_TextVQAAccuracyEvaluator_mean_percent';

const SCORERS: Readonly<Record<string, (data: VqaData, answers: VqaAnswers) => Score>> = {
  official_HEAD: (data, answers) => scoreVqa(data, answers, headRule(), officialMetrics),
  official_before_a013f00: (data, answers) => scoreVqa(data, answers, oldRule(), officialMetrics),
  official_HEAD_on_llava_upload: (data, answers) =>
    scoreVqa(data, answers, uploadRule(), officialMetrics),
  [M4C]: (data, answers) =>
    scoreVqa(data, answers, m4cRule(), ({ overall }) => ({ [M4C]: overall })),
  lmms_eval: (data, answers) =>
    scoreVqa(data, answers, lmmsEvalRule(), ({ overall }) => ({ exact_match: overall / 100 })),
  vlmevalkit: (data, answers) =>
    scoreVqa(data, answers, vlmEvalKitRule(), ({ overall }) => ({ Overall: overall })),
};

const official = (name: string, commit: string): Definition => ({
  name,
  scorer: {
    repository: 'GT-Vision-Lab/VQA',
    path: 'PythonEvaluationTools/vqaEvaluation/vqaEval.py',
    commit,
  },
  denominator: 'annotated questions; one without an answer counts as the empty answer',
  verified: true,
  headline: { path: ['overall'], scale: 1 },
});

const HEAD = 'a013f0043c1e2cdc995922dfe257f7149aa9af06';

function score(definition: string, data: VqaData, answers: VqaAnswers): Score {
  if (data.annotations.size === 0) {
    throw new AutopruneError(
      'GOLD_MISSING',
      'VQAv2 has no public answers for its test questions; score a val file with v2_mscoco_val2014_annotations.json, or write the upload file',
    );
  }
  return SCORERS[definition]!(data, answers);
}

/** VQAv2: open questions, ten human answers each. */
export const vqav2: Benchmark<VqaData, VqaAnswers> = {
  id: 'vqav2',
  title: 'VQAv2',
  aliases: { lmmsEval: ['vqav2', 'vqav2_val', 'vqav2_test'], vlmEvalKit: ['VQAv2_VAL'] },
  groups: ['llava', 'effivlm-bench'],
  questionCount: TEST_DEV_QUESTIONS,
  definitions: [
    official('official_HEAD', HEAD),
    official('official_before_a013f00', `${HEAD}^`),
    official('official_HEAD_on_llava_upload', HEAD),
    {
      name: M4C,
      scorer: llava('llava/eval/m4c_evaluator.py'),
      denominator: 'annotated questions; one without an answer counts as the empty answer',
      verified: true,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/vqav2/utils.py'),
      denominator: 'annotated questions; one without an answer counts as the empty answer',
      verified: false,
    },
    {
      name: 'vlmevalkit',
      scorer: vlmEvalKit('vlmeval/dataset/utils/vqa_eval.py'),
      denominator: 'annotated questions; one without an answer counts as the empty answer',
      verified: false,
    },
  ],
  llavaFolder: 'vqav2',
  pictureFolder: 'test2015',
  files: [
    { path: 'llava_vqav2_mscoco_test-dev2015.jsonl', source: 'eval.zip of LLaVA' },
    { path: 'llava_vqav2_mscoco_test2015.jsonl', source: 'eval.zip of LLaVA' },
    { path: 'test2015', source: 'http://images.cocodataset.org/zips/test2015.zip' },
  ],
  submission: 'https://eval.ai/web/challenges/challenge-page/830/my-submission',
  read: readVqa,
  readAnswers: readVqaAnswers,
  count: countVqa,
  score,
  select: (data, ids) => ({
    ...data,
    annotations: new Map([...data.annotations].filter(([id]) => ids.has(id))),
    asked: data.asked.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ asked }) =>
    asked.map(({ id, image, text }) => ({
      id,
      text,
      images: [image],
      maxNewTokens: 128,
      category: 'default',
    })),
  upload: uploadVqa,
};
