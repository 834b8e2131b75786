import { z } from 'zod';
import type { Score } from '../../benchmark.js';
import { judgeSummary } from '../../judge/summary.js';
import { readTwoScores, UNREADABLE_SCORES } from '../../judge/two-scores.js';
import { idFields } from '../../records.js';
import { meanOrNull } from '../../scoring/average.js';
import { quotient } from '../../scoring/confusion.js';
import { pythonRound } from '../../scoring/python/number.js';
import { lmmsEval } from '../../sources.js';
import { type AnsweredRow, rowBenchmark } from '../row-benchmark.js';

const schema = z.object({
  ...idFields,
  Question: z.string(),
  Answer: z.string(),
  image: z.string().optional(),
});
type Fields = z.infer<typeof schema>;

const MOST_POINTS = 10;

const JUDGE_TASK =
  'Two assistants answered a question about the picture. Assistant 1 gave the reference answer, which has 10 points. ' +
  'Rate how helpful, relevant, accurate and detailed the answer of assistant 2 is, from 1 to 10. ' +
  'The first line of your reply has only the two numbers, parted by one blank; explain them from the second line on.';

/** The ratio of the mean scores in percent, means rounded to three decimals first and the ratio to one. */
function ratioOf(scores: readonly (readonly [number, number])[]): number | null {
  const means = [0, 1].map((side) => meanOrNull(scores.map((pair) => pair[side] ?? 0)));
  const [reference, model] = means.map((mean) => pythonRound(mean ?? 0, 3));
  const ratio = quotient(model ?? 0, reference ?? 0);
  return scores.length === 0 || ratio === null ? null : pythonRound(ratio * 100, 1);
}

function scoreRows(rows: readonly AnsweredRow<Fields>[]): Score {
  const judged = rows.flatMap(({ id, fields, answer, reply }) => {
    if (reply === undefined) return [];
    const scores = readTwoScores(reply.content);
    const isUnreadable = scores === UNREADABLE_SCORES;
    const item = {
      id,
      gold: fields.Answer,
      answer,
      parsed: isUnreadable ? null : scores,
      rule: isUnreadable
        ? 'no two scores in the reply: -1 is averaged in'
        : `scores of ${reply.model}`,
      score: scores[1] / MOST_POINTS,
    };
    return [{ scores, item }];
  });
  return {
    metrics: {
      gpt_eval_llava_all: ratioOf(judged.map(({ scores }) => scores)),
      ...judgeSummary(rows.map(({ reply }) => reply)),
    },
    denominator: judged.length,
    items: judged.map(({ item }) => item),
  };
}

/** LLaVA-Wilder: open questions of real users, scored by a judge against a reference answer. */
export const llavaWilder = rowBenchmark<Fields>({
  id: 'llava-wilder',
  title: 'LLaVA-Wilder',
  aliases: { lmmsEval: ['llava_wilder_small'], vlmEvalKit: [] },
  groups: ['dialogue', 'effivlm-bench'],
  questionCount: 128,
  definitions: [
    {
      name: 'judged',
      scorer: lmmsEval('lmms_eval/tasks/llava_wilder/utils.py'),
      denominator: 'judged answers; the reference answer has 100',
      verified: false,
      headline: { path: ['gpt_eval_llava_all'], scale: 1 },
      scoreRows,
    },
  ],
  files: [
    { path: 'test.jsonl', source: 'https://huggingface.co/datasets/lmms-lab/LLaVA-Bench-Wilder' },
  ],
  dataNames: ['rows.jsonl', 'test.jsonl', 'test.json'],
  schema,
  ask: ({ Question: text, image }) => ({
    text,
    images: [image],
    maxNewTokens: 4096,
  }),
  askJudge: ({ id, fields, answer }) => ({
    id,
    text: [
      `Question:\n${fields.Question}`,
      `Assistant 1:\n${fields.Answer}`,
      `Assistant 2:\n${answer}`,
      JUDGE_TASK,
    ].join('\n\n'),
    images: fields.image === undefined ? [] : [fields.image],
    temperature: 0,
    maxTokens: 1024,
  }),
});
