import { countKeys } from '../../answers.js';
import type { Benchmark, Question } from '../../benchmark.js';
import { type MmmuAnswers, readMmmuAnswers } from './answers.js';
import { type MmmuData, type MmmuQuestion, readMmmu } from './data.js';
import { scoreParsed, scoreTotal } from './score.js';

const CHOICE_PROMPT = "Answer with the option's letter from the given choices directly.";
const OPEN_PROMPT = 'Answer the question using a single word or phrase.';

const scorer = (path: string) => ({
  repository: 'MMMU-Benchmark/MMMU',
  path,
  commit: 'bb0b95a945998d91dfef37e969e07d49d1139438',
});

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
  score: (definition, data, answers) =>
    definition === 'eval_only' ? scoreTotal(data, answers) : scoreParsed(data, answers),
};
