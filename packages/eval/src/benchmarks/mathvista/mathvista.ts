import { countKeys, readAnswers as readLlavaAnswers } from '../../answers.js';
import type { Benchmark } from '../../benchmark.js';
import { findFile, type Input } from '../../files/input.js';
import { type Problems, readProblems } from './data.js';
import { scoreMathVista } from './score.js';

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

/** MathVista: mathematics in pictures; here the 1,000 questions of testmini. */
export const mathvista: Benchmark<Problems, Problems> = {
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
  ],
  files: [
    { path: 'testmini.json', source: 'https://github.com/lupantech/MathVista/tree/main/data' },
    { path: 'images', source: 'https://huggingface.co/datasets/AI4Math/MathVista' },
  ],
  read: (data) => readProblems(data, DATA_NAMES),
  readAnswers: readOutputs,
  count: (problems, outputs) => countKeys(problems.keys(), outputs.keys()),
  questions: (problems) =>
    Array.from(problems, ([id, { query, question = '', image }]) => ({
      id,
      text: query ?? question,
      images: image === undefined ? [] : [image],
      maxNewTokens: 1024,
    })),
  score: (_definition, problems, outputs) => scoreMathVista(problems, outputs),
};
