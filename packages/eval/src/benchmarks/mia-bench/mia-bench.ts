import { z } from 'zod';
import type { Score } from '../../benchmark.js';
import { Groups } from '../../groups.js';
import { judgeSummary } from '../../judge/summary.js';
import { idFields } from '../../records.js';
import { meanOf, meanOrNull } from '../../scoring/average.js';
import { parsePythonList } from '../../scoring/python/literal.js';
import { lmmsEval, vlmEvalKit } from '../../sources.js';
import { type AnsweredRow, rowBenchmark } from '../row-benchmark.js';
import { type ComponentScores, findTotal, parseSentence } from './parse-scores.js';

/** A list, or in VLMEvalKit's table its Python text. */
const listSchema = z.union([
  z.array(z.union([z.string(), z.number().transform(String)])),
  z.string().transform((text) => parsePythonList(text) ?? [text]),
]);

const schema = z.object({
  ...idFields,
  image: z.string().optional(),
  instruction: z.string(),
  components: listSchema,
  component_weight: listSchema,
  component_type: listSchema,
});
type Fields = z.infer<typeof schema>;
type Row = AnsweredRow<Fields>;

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

function judgeText({ fields, answer }: Row): string {
  const components = fields.components.map(
    (text, place) =>
      `Component ${place + 1} (the ${ORDINALS[place] ?? `${place + 1}th`}), worth ${fields.component_weight[place] ?? '?'} points: ${text}`,
  );
  const format = fields.components.map(
    (_, place) => `score of component ${place + 1}: x/${fields.component_weight[place] ?? '?'}`,
  );
  return [
    'Grade strictly how far an answer about the picture follows each component of an instruction. The components are worth 10 points together.',
    `Instruction: ${fields.instruction}`,
    ...components,
    `Answer: ${answer}`,
    `Begin your reply with one sentence of exactly this form, whole numbers for x and z: ${format.join(', ')}, total score: z/10. Then explain.`,
  ].join('\n');
}

/** Mean share of each component type and of the total, over replies that the script can read. */
function scoreComponents(rows: readonly Row[], total: 'last' | 'component'): Score {
  const shares = new Groups<string>();
  const items = rows.flatMap(({ id, fields, answer, reply }) => {
    if (reply === undefined) return [];
    const scores = parseSentence(reply.content, fields.component_type, total);
    for (const [type, share] of Object.entries(scores ?? {})) shares.add(type, share);
    return [itemOf({ id, fields, answer }, scores, scores?.total_score ?? 0, reply.model)];
  });
  return {
    metrics: {
      ...Object.fromEntries(shares.entries().map(([type, values]) => [type, meanOf(values)])),
      ...judgeSummary(rows.map(({ reply }) => reply)),
    },
    denominator: items.filter(({ parsed }) => parsed !== null).length,
    items,
  };
}

function itemOf(
  { id, fields, answer }: Row,
  scores: ComponentScores | undefined,
  score: number,
  judge: string,
) {
  const rule = scores ? `shares of ${judge}` : 'no scores in the first sentence: left out';
  return { id, gold: fields.components, answer, parsed: scores ?? null, rule, score };
}

function scoreByLmmsEval(rows: readonly Row[]): Score {
  const items = rows.flatMap(({ id, fields, answer, reply }) => {
    if (reply === undefined) return [];
    const total = findTotal(reply.content, fields.components);
    return [itemOf({ id, fields, answer }, { total_score: total }, total, reply.model)];
  });
  return {
    metrics: {
      gpt_eval_score: meanOrNull(items.map(({ score }) => score)),
      ...judgeSummary(rows.map(({ reply }) => reply)),
    },
    denominator: items.length,
    items,
  };
}

/** MIA-Bench: instructions of several parts about a picture, each part graded by a judge. */
export const miaBench = rowBenchmark<Fields>({
  id: 'mia-bench',
  title: 'MIA-Bench',
  aliases: { lmmsEval: ['mia_bench'], vlmEvalKit: ['MIA-Bench'] },
  groups: ['dialogue', 'uniprunebench'],
  questionCount: 400,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'apple/ml-mia-bench',
        path: 'evaluation.ipynb',
        commit: '5422852d98cb167390da9501200360860435efb1',
      },
      denominator: 'readable replies; its total is the last component’s share',
      verified: false,
      scoreRows: (rows) => scoreComponents(rows, 'component'),
    },
    {
      name: 'vlmevalkit',
      scorer: vlmEvalKit('vlmeval/dataset/miabench.py'),
      denominator: 'readable replies',
      verified: false,
      scoreRows: (rows) => scoreComponents(rows, 'last'),
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/mia_bench/utils.py'),
      denominator: 'judged answers',
      verified: false,
      scoreRows: scoreByLmmsEval,
    },
  ],
  files: [
    {
      path: 'instruction_benchmark_all.json',
      source: 'https://github.com/apple/ml-mia-bench',
    },
  ],
  dataNames: ['rows.jsonl', 'instruction_benchmark_all.json', 'instruction_benchmark_all.jsonl'],
  schema,
  ask: ({ instruction, image }) => ({
    text: instruction,
    images: [image],
    maxNewTokens: 512,
  }),
  askJudge: (row) => ({
    id: row.id,
    text: judgeText(row),
    images: row.fields.image === undefined ? [] : [row.fields.image],
    temperature: 0,
    maxTokens: 2000,
  }),
});
