import { z } from 'zod';
import type { Score } from '../../benchmark.js';
import { idFields } from '../../records.js';
import { meanOrNull } from '../../scoring/average.js';
import { levenshtein } from '../../scoring/levenshtein.js';
import { parsePythonList } from '../../scoring/python/literal.js';
import { pythonLength, pythonTrim } from '../../scoring/python/text.js';
import { lmmsEval } from '../../sources.js';
import { type AnsweredRow, rowBenchmark } from '../row-benchmark.js';

const PROMPT = '\nAnswer the question using a single word or phrase.';
const THRESHOLD = 0.5;

const listSchema = z.union([
  z.array(z.string()),
  z.string().transform((text, context) => {
    const list = parsePythonList(text);
    if (list) return list;
    context.addIssue({ code: 'custom', message: 'is not a Python list of texts' });
    return z.NEVER;
  }),
]);

const schema = z.object({
  ...idFields,
  question: z.string(),
  answers: listSchema,
  page_ids: listSchema.optional(),
});
type Fields = z.infer<typeof schema>;

const clean = (text: string): string => pythonTrim(text.toLowerCase());

function anls(answer: string, golds: readonly string[]): number {
  const similarities = golds.map(
    (gold) => 1 - levenshtein(gold, answer) / Math.max(pythonLength(gold), pythonLength(answer)),
  );
  const best = Math.max(...similarities);
  return best >= THRESHOLD ? best : 0;
}

function scoreRows(rows: readonly AnsweredRow<Fields>[]): Score {
  const scored = rows.map(({ id, fields, answer }) => {
    const parsed = clean(answer);
    const golds = fields.answers.map(clean);
    const refused = parsed === 'none';
    return {
      exact: Number(!refused && golds.includes(parsed)),
      item: {
        id,
        gold: fields.answers,
        answer,
        parsed,
        rule: refused || parsed === '' ? 'no answer' : 'normalised edit distance',
        score: refused || parsed === '' ? 0 : anls(parsed, golds),
      },
    };
  });
  return {
    metrics: {
      anls: meanOrNull(scored.map(({ item }) => item.score)),
      accuracy: meanOrNull(scored.map(({ exact }) => exact)),
    },
    denominator: scored.length,
    items: scored.map(({ item }) => item),
  };
}

/** MP-DocVQA: questions about documents of up to twenty pages. */
export const mpDocvqa = rowBenchmark<Fields>({
  id: 'mp-docvqa',
  title: 'MP-DocVQA',
  aliases: { lmmsEval: ['multidocvqa', 'multidocvqa_val', 'multidocvqa_test'], vlmEvalKit: [] },
  groups: ['documents', 'effivlm-bench'],
  questionCount: 5187,
  definitions: [
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/multidocvqa/utils.py'),
      denominator: 'answers',
      verified: false,
      scoreRows,
    },
  ],
  files: [{ path: 'val.jsonl', source: 'https://huggingface.co/datasets/lmms-lab/MP-DocVQA' }],
  submission: 'https://rrc.cvc.uab.es/?ch=17&com=mymethods&task=4',
  dataNames: ['rows.jsonl', 'val.jsonl', 'val.json'],
  schema,
  ask: ({ question, page_ids: pages = [] }) => ({
    text: question + PROMPT,
    images: pages.map((page) => `${page}.jpg`),
    maxNewTokens: 32,
  }),
});
