import { countKeys } from '../../answers.js';
import type { Benchmark, Question, Score } from '../../benchmark.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { type MmmuAnswers, readMmmuAnswers } from './answers.js';
import { type MmmuData, type MmmuQuestion, readMmmu } from './data.js';
import { scoreParsed, scoreTotal } from './score.js';
import { scoreByLmmsEval, scoreByOldLmmsEval } from './score-lmms-eval.js';
import { scoreByVlmEvalKit } from './score-vlmevalkit.js';

const CHOICE_PROMPT = "Answer with the option's letter from the given choices directly.";
const OPEN_PROMPT = 'Answer the question using a single word or phrase.';

const scorer = (path: string) => ({
  repository: 'MMMU-Benchmark/MMMU',
  path,
  commit: 'bb0b95a945998d91dfef37e969e07d49d1139438',
});

const LMMS_EVAL = lmmsEval('lmms_eval/tasks/mmmu/utils.py');
const LMMS_EVAL_CHANGE = '736454b5d4d0c607c12f95d44e0845e3cf32b75b';

const SCORERS: Readonly<Record<string, (data: MmmuData, answers: MmmuAnswers) => Score>> = {
  parse_and_eval: scoreParsed,
  eval_only: scoreTotal,
  lmms_eval: scoreByLmmsEval,
  lmms_eval_before_736454b5: scoreByOldLmmsEval,
  vlmevalkit_exact_matching: scoreByVlmEvalKit,
};

/** How MMMU's own configuration asks LLaVA-1.5; only the first picture is used. */
function ask({ id, question = '', image, isChoice, optionTexts }: MmmuQuestion): Question {
  const options = Object.entries(optionTexts).map(([letter, text]) => `(${letter}) ${text}\n`);
  return {
    id,
    text: isChoice
      ? `${question}\n${options.join('')}\n${CHOICE_PROMPT}`
      : `${question}\n${OPEN_PROMPT}`,
    images: image === undefined ? [] : [image],
    maxNewTokens: 128,
  };
}

/** MMMU: college questions of thirty subjects. */
export const mmmu: Benchmark<MmmuData, MmmuAnswers> = {
  id: 'mmmu',
  title: 'MMMU',
  aliases: {
    lmmsEval: ['mmmu', 'mmmu_val', 'mmmu_test'],
    vlmEvalKit: ['MMMU_DEV_VAL', 'MMMU_TEST'],
  },
  groups: ['reasoning', 'effivlm-bench'],
  questionCount: 900,
  definitions: [
    {
      name: 'parse_and_eval',
      scorer: scorer('mmmu/main_parse_and_eval.py'),
      denominator: 'answers; unparsed ones are guessed with Python’s random.seed(42)',
      verified: true,
    },
    {
      name: 'eval_only',
      scorer: scorer('mmmu/main_eval_only.py'),
      denominator: 'answers, parsed before',
      verified: true,
    },
    {
      name: 'lmms_eval',
      scorer: LMMS_EVAL,
      denominator:
        'answers; open ones are never right, unparsed ones are guessed with Python’s random.seed(0)',
      verified: false,
      headline: { path: ['mmmu_acc'], scale: 100 },
    },
    {
      name: 'lmms_eval_before_736454b5',
      scorer: { ...LMMS_EVAL, commit: `${LMMS_EVAL_CHANGE}^` },
      denominator: 'answers; unparsed ones are guessed with Python’s random.seed(0)',
      verified: false,
      headline: { path: ['mmmu_acc'], scale: 100 },
    },
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/dataset/utils/multiple_choice.py'),
      denominator: 'answers of a split; open questions have their gold answer as option A',
      verified: false,
      headline: { path: ['overall'], scale: 100 },
    },
  ],
  files: [
    { path: 'validation.jsonl', source: 'https://huggingface.co/datasets/MMMU/MMMU' },
    {
      path: 'answer_dict_val.json',
      source: 'https://github.com/MMMU-Benchmark/MMMU/blob/main/mmmu/answer_dict_val.json',
    },
  ],
  submission: 'https://eval.ai/web/challenges/challenge-page/2179',
  read: readMmmu,
  readAnswers: readMmmuAnswers,
  count: ({ golds }, { responses, parsed }) =>
    countKeys(
      golds.keys(),
      (responses.length > 0 ? responses : parsed).map(({ id }) => id),
    ),
  questions: ({ questions }) => questions.map(ask),
  score: (definition, data, answers) => SCORERS[definition]!(data, answers),
};
