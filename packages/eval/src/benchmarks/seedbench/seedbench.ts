import { type Answer, readAnswers } from '../../answers.js';
import type { Benchmark, Definition, ScorerSource } from '../../benchmark.js';
import { llava, lmmsEval, vlmEvalKit } from '../../sources.js';
import { countSeed, readSeed, type SeedData } from './data.js';
import {
  firstCharacter,
  inferredOption,
  type SeedParser,
  scoreSeed,
  scoreSeedPlus,
  wholeAnswer,
} from './score.js';
import { uploadSeed } from './upload.js';

const LLAVA = llava('scripts/convert_seed_for_submission.py');
const taskOf = (name: string): ScorerSource => lmmsEval(`lmms_eval/tasks/${name}/utils.py`);
const VLMEVALKIT = vlmEvalKit('vlmeval/utils/matching_util.py');

const PARSERS: Readonly<Record<string, SeedParser>> = {
  llava: wholeAnswer,
  lmms_eval: firstCharacter,
  vlmevalkit_exact_matching: inferredOption,
};

const definition = (name: string, scorer: ScorerSource, verified = false): Definition => ({
  name,
  scorer,
  denominator: 'questions; one without an answer is wrong',
  verified,
  headline: { path: ['total'], scale: 1 },
});

type SeedBenchmark = Benchmark<SeedData, readonly Answer[]>;

const common = {
  readAnswers,
  count: countSeed,
  select: (data, ids) => ({
    ...data,
    gold: data.gold.filter(({ id, key }) => ids.has(id) || ids.has(key)),
    questions: data.questions.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ questions }) => questions,
} satisfies Partial<SeedBenchmark>;

/** SEED-Bench: pictures and middle frames of videos, multiple choice. */
export const seedbench: SeedBenchmark = {
  ...common,
  id: 'seedbench',
  title: 'SEED-Bench',
  aliases: { lmmsEval: ['seedbench'], vlmEvalKit: ['SEEDBench_IMG'] },
  groups: ['llava', 'effivlm-bench'],
  questionCount: 19_242,
  definitions: [definition('llava', LLAVA, true), definition('lmms_eval', taskOf('seedbench'))],
  llavaFolder: 'seed_bench',
  files: [
    { path: 'SEED-Bench.json', source: 'https://huggingface.co/datasets/AILab-CVC/SEED-Bench' },
    { path: 'llava-seed-bench.jsonl', source: 'eval.zip of LLaVA' },
    { path: 'SEED-Bench-image', source: 'https://huggingface.co/datasets/AILab-CVC/SEED-Bench' },
    {
      path: 'SEED-Bench-video-image',
      source: 'middle frames of the videos, by extract_video_frames.py of eval.zip',
    },
  ],
  submission: 'https://huggingface.co/spaces/AILab-CVC/SEED-Bench_Leaderboard',
  read: (data) => readSeed(data, ['SEED-Bench.json', 'SEED-Bench_answers.json']),
  score: (name, data, answers) => scoreSeed(data, answers, PARSERS[name]!),
  upload: uploadSeed,
};

/** SEED-Bench-2: 27 dimensions on three levels. */
export const seedbench2: SeedBenchmark = {
  ...common,
  id: 'seedbench-2',
  title: 'SEED-Bench-2',
  aliases: { lmmsEval: ['seedbench_2'], vlmEvalKit: ['SEEDBench2'] },
  groups: [],
  questionCount: 24_371,
  definitions: [definition('llava', LLAVA), definition('lmms_eval', taskOf('seedbench_2'))],
  files: [
    {
      path: 'SEED-Bench_v2_level1_2_3.json',
      source: 'https://huggingface.co/datasets/AILab-CVC/SEED-Bench-2',
    },
  ],
  read: (data) =>
    readSeed(data, [
      'SEED-Bench_v2_level1_2_3.json',
      'SEED-Bench-2_answers.json',
      'SEED-Bench_answers.json',
    ]),
  score: (name, data, answers) => scoreSeed(data, answers, PARSERS[name]!),
  upload: uploadSeed,
};

/** SEED-Bench-2-Plus: charts, maps and web pages. */
export const seedbench2plus: SeedBenchmark = {
  ...common,
  id: 'seedbench-2-plus',
  title: 'SEED-Bench-2-Plus',
  aliases: { lmmsEval: ['seedbench_2_plus'], vlmEvalKit: ['SEEDBench2_Plus'] },
  groups: ['uniprunebench'],
  questionCount: 2277,
  definitions: [
    definition('lmms_eval', taskOf('seedbench_2_plus')),
    definition('vlmevalkit_exact_matching', VLMEVALKIT),
  ],
  files: [
    {
      path: 'SEED-Bench-2-Plus.json',
      source: 'https://huggingface.co/datasets/AILab-CVC/SEED-Bench-2-plus',
    },
  ],
  read: (data) => readSeed(data, ['SEED-Bench-2-Plus.json', 'SEED-Bench_answers.json']),
  score: (name, data, answers) => scoreSeedPlus(data, answers, PARSERS[name]!),
  upload: uploadSeed,
};
