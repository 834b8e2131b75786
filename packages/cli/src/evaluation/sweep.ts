import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import type { BenchmarkScore, Preamble, SplitName } from '@autoprune/eval';
import type { LlavaModel } from '@autoprune/llava';
import { modelAnswerer, modelOptions } from '@autoprune/server/fleet';
import type { CommandIo } from '../io.js';
import { writeWhole } from '../output/write-whole.js';
import { type AnsweringOptions, answerSettings } from './answer-settings.js';
import type { EvalOptions } from './eval-options.js';
import type { EvaluationJob } from './jobs.js';
import { answererIdentity } from './open-answerer.js';
import { prepareJob } from './prepare-jobs.js';
import { runJob } from './run-job.js';
import { type SweepSetting, settingText } from './sweep-grid.js';

/** What one setting came to on one split. */
interface SweepRun {
  readonly setting: SweepSetting;
  readonly questions: number;
  readonly folder: string;
  /** Mean score of the items under the benchmark's first definition; failed questions count as it says. */
  readonly score: number;
  readonly failures: number;
}

/** A finished sweep. */
export interface SweepOutcome {
  readonly benchmark: string;
  readonly definition: string;
  readonly split: { readonly by: 'question id'; readonly tuningShare: number };
  readonly tuning: readonly SweepRun[];
  /** The best setting by the tuning split alone, on the questions that are left. */
  readonly test: SweepRun;
}

/** Mean over the items of a score's first definition. */
function meanScore({ definitions }: BenchmarkScore): number {
  const scores = Array.from(definitions[0]?.items ?? [], ({ score }) => score);
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/**
 * Tries settings on the tuning split of a benchmark and judges the best one, the first of equals, on the test split.
 * Runs lie in `<folder>/tuning/<setting>` and `<folder>/test/<setting>`, the outcome in `<folder>/sweep.json`; a killed
 * sweep goes on.
 *
 * @throws ARGUMENT_INVALID when a split has no question, or nothing scores the job
 */
export async function runSweep(
  io: CommandIo,
  model: LlavaModel,
  job: EvaluationJob,
  settings: readonly SweepSetting[],
  {
    options,
    preamble,
    maxNewTokens,
  }: {
    options: EvalOptions & AnsweringOptions;
    preamble: Preamble;
    maxNewTokens: number | undefined;
  },
): Promise<SweepOutcome> {
  let definition = '';
  const runOne = async (setting: SweepSetting, split: SplitName): Promise<SweepRun> => {
    const own = { ...options, ...setting };
    const folder = join(job.folder, split, settingText(setting).replaceAll(' ', ','));
    const answerer = await answererIdentity(own);
    const prepared = await prepareJob(
      { ...job, folder },
      { options: own, preamble, answerer, maxNewTokens, split },
    );
    const questions = prepared.questions.length;
    if (questions === 0) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `${job.name}: the ${split} split has no question; raise --limit, or change --tuning-share ${own.tuningShare}`,
        { benchmark: job.name, split },
      );
    }
    const running = modelAnswerer(model, modelOptions(model, await answerSettings(own)));
    const { outcome, score } = await runJob(io, prepared, running, preamble, own);
    if (!score) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `${job.name}: --sweep needs scores; leave out --no-score, --shard and --question-file, and see that questions are answered`,
        { benchmark: job.name },
      );
    }
    definition = score.definitions[0]?.definition.name ?? '';
    const failures = outcome.failures.length;
    return { setting, questions, folder, score: meanScore(score), failures };
  };
  const tuning: SweepRun[] = [];
  for (const setting of settings) tuning.push(await runOne(setting, 'tuning'));
  const best = tuning.reduce((first, run) => (run.score > first.score ? run : first));
  const test = await runOne(best.setting, 'test');
  const { tuningShare } = options;
  const outcome: SweepOutcome = {
    benchmark: job.name,
    definition,
    split: { by: 'question id', tuningShare },
    tuning,
    test,
  };
  await writeWhole(join(job.folder, 'sweep.json'), `${JSON.stringify(outcome, null, 2)}\n`);
  return outcome;
}

/** A sweep as lines for people. */
export function sweepText({ benchmark, definition, tuning, test }: SweepOutcome): string {
  const line = ({ setting, score, questions }: SweepRun): string =>
    `${settingText(setting)}: ${(100 * score).toFixed(2)} on ${questions} questions`;
  return [
    `${benchmark}: mean score (${definition}, times 100) of the tuning split`,
    ...tuning.map((run) => `  ${line(run)}`),
    `best setting by the tuning split: ${settingText(test.setting)}`,
    `that setting on the test split: ${line(test)}`,
  ].join('\n');
}
