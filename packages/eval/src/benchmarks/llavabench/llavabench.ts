import { countKeys } from '../../answers.js';
import type { Benchmark, Score } from '../../benchmark.js';
import { judgeSummary } from '../../judge/summary.js';
import type { MetricValue } from '../../metrics.js';
import { llava } from '../../sources.js';
import { type LlavaBenchAnswers, readLlavaBenchAnswers } from './answers.js';
import { type LlavaBenchData, readLlavaBench } from './data.js';
import { reviewRequests } from './requests.js';
import { summariseReviews } from './summarise.js';

/** Reviews summed up; with answers instead of reviews, who judged how many of them too. */
function score({ files, answers, replies }: LlavaBenchAnswers): Score {
  const summary = summariseReviews(files);
  if (answers.length === 0) return summary;
  const judges = judgeSummary(answers.map(({ id }) => replies.get(id)));
  const metrics = summary.metrics as { readonly [key: string]: MetricValue };
  return { ...summary, metrics: { ...metrics, ...judges } };
}

/** LLaVA-Bench (in the wild): open questions, scored by a judge against a reference answer. */
export const llavabench: Benchmark<LlavaBenchData, LlavaBenchAnswers> = {
  id: 'llavabench',
  title: 'LLaVA-Bench (in the wild)',
  aliases: { lmmsEval: ['llava_in_the_wild'], vlmEvalKit: ['LLaVABench'] },
  groups: ['llava', 'dialogue'],
  questionCount: 60,
  definitions: [
    {
      name: 'llava',
      scorer: llava('llava/eval/summarize_gpt_review.py'),
      denominator: 'reviews; the reference answer has 100',
      verified: true,
    },
  ],
  llavaFolder: 'llava-bench-in-the-wild',
  pictureFolder: 'images',
  files: ['questions.jsonl', 'context.jsonl', 'answers_gpt4.jsonl', 'rule.json', 'images'].map(
    (path) => ({
      path,
      source:
        path === 'rule.json'
          ? 'https://github.com/haotian-liu/LLaVA/blob/main/llava/eval/table/rule.json'
          : 'https://huggingface.co/datasets/liuhaotian/llava-bench-in-the-wild',
    }),
  ),
  read: readLlavaBench,
  readAnswers: (predictions, { questions }) => readLlavaBenchAnswers(predictions, questions),
  // Each run of the judge reviews the same answers, so the first one says what is missing.
  count: ({ questions }, { files: [first], answers }) => {
    const answered =
      answers.length > 0
        ? answers.map(({ id }) => id)
        : (first?.reviews.map(({ question_id: id }) => id) ?? []);
    return countKeys(questions.length > 0 ? questions.map(({ id }) => id) : answered, answered);
  },
  questions: ({ questions }) => questions,
  score: (_definition, _data, answers) => score(answers),
  judgeRequests: (data, { answers, replies }) =>
    reviewRequests(
      data,
      answers.filter(({ id }) => !replies.has(id)),
    ),
};
