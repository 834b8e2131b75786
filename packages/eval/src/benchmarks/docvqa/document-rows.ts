import { z } from 'zod';
import type { Score } from '../../benchmark.js';
import { idFields } from '../../records.js';
import { meanOrNull } from '../../scoring/average.js';
import { llava, lmmsEval, vlmEvalKit } from '../../sources.js';
import type { AnsweredRow, RowDefinition, RowQuestion } from '../row-benchmark.js';
import { anlsOverRawLength, anlsOverTrimmedLength } from './anls.js';

const PROMPT = '\nAnswer the question using a single word or phrase.';

const textsSchema = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** Rows of DocVQA and InfographicVQA; the test splits have no answers. */
export const documentSchema = z.object({
  ...idFields,
  question: z.string(),
  image: z.string().optional(),
  image_local_name: z.string().optional(),
  answers: textsSchema.optional(),
  answer: textsSchema.optional(),
});

/** One question about a document page. */
export type DocumentFields = z.infer<typeof documentSchema>;

/** How lmms-eval asks; LLaVA-format question files hold the suffix already. */
export function askDocument(fields: DocumentFields): RowQuestion {
  return {
    text: fields.question.endsWith(PROMPT) ? fields.question : fields.question + PROMPT,
    images: [fields.image ?? fields.image_local_name],
    maxNewTokens: 32,
  };
}

type Rows = readonly AnsweredRow<DocumentFields>[];

/** Scores each answer; null marks one for which the script has no number, which then does not count. */
function scoreAnls(
  rows: Rows,
  key: string,
  score: (answer: string, golds: readonly string[]) => number | null,
): Score & { readonly undefinedRows: number } {
  const scored = rows.flatMap(({ id, fields, answer }) => {
    const golds = fields.answers ?? fields.answer ?? [];
    if (golds.length === 0) return [];
    return [{ id, gold: golds, answer, value: score(answer, golds) }];
  });
  const values = scored.flatMap(({ value }) => (value === null ? [] : [value]));
  return {
    metrics: { [key]: meanOrNull(values) },
    denominator: values.length,
    items: scored.map(({ value, ...item }) => ({
      ...item,
      parsed: item.answer,
      rule: value === null ? 'both texts empty: the script fails' : 'normalised edit distance',
      score: value ?? 0,
    })),
    undefinedRows: scored.length - values.length,
  };
}

function scoreStvqa(rows: Rows): Score {
  const { metrics, undefinedRows, ...score } = scoreAnls(rows, 'stvqa_anls', anlsOverTrimmedLength);
  return { ...score, metrics: { ...(metrics as object), undefined_rows: undefinedRows } };
}

/**
 * The ways ANLS is computed.
 *
 * @param verified  whether official numbers on this benchmark's data were held against them
 */
export function anlsDefinitions(
  verified: boolean,
): readonly [RowDefinition<DocumentFields>, ...RowDefinition<DocumentFields>[]] {
  return [
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/api/metrics.py'),
      denominator: 'answers; distances over the length of the raw texts',
      verified,
      scoreRows: (rows) => scoreAnls(rows, 'anls_mean', anlsOverRawLength),
    },
    {
      name: 'vlmevalkit',
      scorer: vlmEvalKit('vlmeval/dataset/utils/vqa_eval.py'),
      denominator: 'answers; distances over the length of the raw texts',
      verified,
      scoreRows: (rows) => scoreAnls(rows, 'anls_mean', anlsOverRawLength),
    },
    {
      name: 'stvqa_llava',
      scorer: llava('llava/eval/m4c_evaluator.py'),
      denominator:
        'answers for which it is defined; distances over the length of the trimmed texts',
      verified,
      scoreRows: scoreStvqa,
    },
  ];
}
