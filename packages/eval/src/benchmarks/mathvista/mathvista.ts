import { countKeys, readAnswers as readLlavaAnswers } from '../../answers.js';
import type { Benchmark } from '../../benchmark.js';
import { findFile, type Input } from '../../files/input.js';
import { findJudgeReplies, type JudgeReplies } from '../../judge/reply.js';
import { judgeSummary } from '../../judge/summary.js';
import type { MetricValue } from '../../metrics.js';
import { vlmEvalKit } from '../../sources.js';
import { type Problems, readProblems } from './data.js';
import { extractionRequests, needsExtraction } from './judge.js';
import { scoreMathVista } from './score.js';
import { scoreByVlmEvalKit } from './vlmevalkit.js';

const DATA_NAMES = ['testmini.json', 'output.json', 'testmini.jsonl', 'query.json'];
const OUTPUT_NAMES = ['output.json', 'predictions.json'];

/** Output files of the official scripts, or a LLaVA answer file, whose answers are then taken apart by rule. */
async function readOutputs(predictions: Input, problems: Problems): Promise<Problems> {
  const output = await findFile(predictions, OUTPUT_NAMES);
  if (output !== undefined && /\.json(\.gz)?$/.test(output)) {
    return readProblems(predictions, OUTPUT_NAMES);
  }
  const answers = await readLlavaAnswers(predictions);
  return new Map(
    answers.flatMap(({ id, text }) => {
      const problem = problems.get(id);
      return problem ? [[id, { ...problem, response: text, extraction: undefined }] as const] : [];
    }),
  );
}

/** Outputs with what a model extracted, and who it was. */
interface MathVistaAnswers {
  readonly outputs: Problems;
  readonly replies: JudgeReplies;
}

async function readAnswers(predictions: Input, problems: Problems): Promise<MathVistaAnswers> {
  const outputs = await readOutputs(predictions, problems);
  return { outputs, replies: await findJudgeReplies(predictions) };
}

/** Outputs in which a recorded reply stands for a missing extraction. */
function withReplies({ outputs, replies }: MathVistaAnswers): Problems {
  return new Map(
    Array.from(outputs, ([id, problem]) => {
      const reply = needsExtraction(problem) ? replies.get(id) : undefined;
      return [id, reply ? { ...problem, extraction: reply.content } : problem];
    }),
  );
}

/** MathVista: mathematics in pictures; here the 1,000 questions of testmini. */
export const mathvista: Benchmark<Problems, MathVistaAnswers> = {
  id: 'mathvista',
  title: 'MathVista (testmini)',
  aliases: {
    lmmsEval: ['mathvista', 'mathvista_testmini', 'mathvista_testmini_format'],
    vlmEvalKit: ['MathVista_MINI'],
  },
  groups: ['reasoning', 'uniprunebench', 'effivlm-bench'],
  questionCount: 1000,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'lupantech/MathVista',
        path: 'evaluation/calculate_score.py',
        commit: '53d525874bdde205128e6b160b7357a88277d479',
      },
      denominator: 'answers; extractions recorded in the file, else by rule',
      verified: true,
    },
    {
      name: 'vlmevalkit_exact_matching',
      scorer: vlmEvalKit('vlmeval/dataset/utils/mathvista.py'),
      denominator: 'answers; those that need extraction are wrong',
      verified: false,
      headline: { path: ['Overall', 'acc'], scale: 1 },
    },
  ],
  files: [
    { path: 'testmini.json', source: 'https://github.com/lupantech/MathVista/tree/main/data' },
    { path: 'images', source: 'https://huggingface.co/datasets/AI4Math/MathVista' },
  ],
  read: (data) => readProblems(data, DATA_NAMES),
  readAnswers,
  count: (problems, { outputs }) => countKeys(problems.keys(), outputs.keys()),
  questions: (problems) =>
    Array.from(problems, ([id, { query, question = '', image, pictures = [] }]) => ({
      id,
      text: query ?? question,
      images: pictures.length > 0 || image === undefined ? pictures.slice(0, 1) : [image],
      maxNewTokens: 1024,
    })),
  score: (definition, problems, answers) => {
    if (definition === 'vlmevalkit_exact_matching') {
      return scoreByVlmEvalKit(problems, answers.outputs);
    }
    const { metrics, ...score } = scoreMathVista(problems, withReplies(answers));
    const needed = extractionRequests(answers.outputs).map(({ id }) => answers.replies.get(id));
    return {
      ...score,
      metrics: { ...(metrics as { [key: string]: MetricValue }), ...judgeSummary(needed) },
    };
  },
  judgeRequests: (_problems, { outputs, replies }) =>
    extractionRequests(outputs).filter(({ id }) => !replies.has(id)),
};
