import {
  chooseQuestions,
  hashPictures,
  hashQuestions,
  type Preamble,
  type Question,
  type RunIdentity,
  readExamples,
  runIdentity,
  type SplitName,
} from '@autoprune/eval';
import { VERSION } from '../version.js';
import type { EvalOptions } from './eval-options.js';
import type { EvaluationJob } from './jobs.js';

/** A job with the questions that are asked, and what makes its run the same run. */
export interface PreparedJob extends EvaluationJob {
  readonly identity: RunIdentity;
  /** Whether these are not all questions of the benchmark. */
  readonly isPart: boolean;
}

/** What stands before every question. */
export async function preambleOf({ system, examples }: EvalOptions): Promise<Preamble> {
  return {
    ...(system === undefined ? {} : { system }),
    ...(examples === undefined ? {} : { examples: await readExamples(examples) }),
  };
}

/** The questions of a job that a run answers. */
function questionsOf(
  job: EvaluationJob,
  { limit, ids, tuningShare }: EvalOptions,
  split: SplitName | undefined,
  maxNewTokens: number | undefined,
): readonly Question[] {
  const chosen = chooseQuestions(job.questions, {
    ...(limit === undefined ? {} : { limit }),
    ...(ids === undefined ? {} : { ids: ids.split(',') }),
    ...(split && { split: { name: split, tuningShare } }),
  });
  return maxNewTokens === undefined ? chosen : chosen.map((one) => ({ ...one, maxNewTokens }));
}

/** What a job is prepared with. */
interface Preparation {
  readonly options: EvalOptions;
  readonly preamble: Preamble;
  /** Who answers, as it enters the identity. */
  readonly answerer: object;
  /** Instead of what benchmarks allow. */
  readonly maxNewTokens: number | undefined;
  readonly split?: SplitName | undefined;
}

/** Chooses the questions of a job and finds its identity. */
export async function prepareJob(
  job: EvaluationJob,
  { options, preamble, answerer, maxNewTokens, split }: Preparation,
): Promise<PreparedJob> {
  const questions = questionsOf(job, options, split, maxNewTokens);
  const examplePictures = (preamble.examples ?? []).flatMap(({ images }) => images);
  const identity = runIdentity({
    benchmark: job.name,
    questions: hashQuestions(questions),
    pictures: await hashPictures(questions, job.pictureFolder, examplePictures),
    questionCount: questions.length,
    maxNewTokens: [...new Set(questions.map((question) => question.maxNewTokens))],
    version: VERSION,
    preamble,
    ...(split && { split: { name: split, tuningShare: options.tuningShare } }),
    ...answerer,
  });
  return { ...job, questions, identity, isPart: questions.length < job.questions.length };
}
