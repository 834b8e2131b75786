import type { GenerationResult, LlavaModel, RgbPicture } from '@autoprune/llava';
import type { Configuration } from './configuration.js';
import { type Spread, spread } from './statistics.js';

/** What is asked. */
export interface Workload {
  readonly picture: RgbPicture;
  readonly question: string;
  readonly newTokens: number;
}

/** What was measured of one configuration. */
export interface Measurement {
  readonly label: string;
  readonly method: string;
  readonly visualTokens: number;
  readonly textTokens: number;
  readonly meanEntering: number;
  readonly meanLeaving: number;
  /** Milliseconds. */
  readonly vision: Spread;
  readonly prefill: Spread;
  readonly pruning: Spread;
  readonly firstToken: Spread;
  /** Milliseconds of one token after the first; null when only one is generated. */
  readonly decode: Spread | null;
  /** Of the unpruned run of the same round to this one; above 1 is faster. */
  readonly prefillSpeedup: Spread;
  readonly firstTokenSpeedup: Spread;
  readonly decodeSpeedup: Spread | null;
  /** Share of the prefill spent on scoring, selecting, merging and moving tokens. */
  readonly pruningShare: Spread;
  /** Operations of the prefill as it was run (two a multiply-add), without the vision tower. */
  readonly prefillFlops: number;
  /** Of the unpruned prefill, in the field's formula. */
  readonly flopsRatio: number;
  /** Keys and values that each token of the answer reads. */
  readonly cacheBytes: number;
}

/** Options of {@link measure}. */
export interface MeasureOptions {
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onRun: (round: number, label: string) => void;
}

/** Text and pictures of a workload; the picture is prepared anew, so that the vision tower always runs. */
async function run(
  model: LlavaModel,
  { method, budget }: Configuration,
  { picture, question, newTokens }: Workload,
  signal: AbortSignal,
): Promise<GenerationResult> {
  return model.generate({
    messages: question,
    images: [await model.preparePicture(picture)],
    method,
    ...(budget ? { budget } : {}),
    maxNewTokens: newTokens,
    signal,
  });
}

const decodeMs = ({ timings, tokens }: GenerationResult): number | undefined =>
  tokens.generated > 1 ? timings.decodeMs / (tokens.generated - 1) : undefined;

/**
 * Measures configurations in turns, so that a machine that drifts moves all of them; the first round only warms up.
 *
 * @param configurations  the first is the one that the others are compared with
 */
export async function measure(
  model: LlavaModel,
  configurations: readonly Configuration[],
  workload: Workload,
  { runs, signal, onRun }: MeasureOptions,
): Promise<Measurement[]> {
  const results = configurations.map((): GenerationResult[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [index, configuration] of configurations.entries()) {
      onRun(round, configuration.label);
      const result = await run(model, configuration, workload, signal);
      if (round > 0) results[index]!.push(result);
    }
  }
  const base = results[0]!;
  return configurations.map(({ label, method }, index) =>
    summary(label, method, results[index]!, base),
  );
}

function summary(
  label: string,
  method: string,
  results: readonly GenerationResult[],
  base: readonly GenerationResult[],
): Measurement {
  const of = (value: (result: GenerationResult) => number): Spread => spread(results.map(value));
  const ratio = (value: (result: GenerationResult) => number): Spread =>
    spread(results.map((result, round) => value(base[round]!) / value(result)));
  const last = results.at(-1)!;
  const decodes = decodeMs(last) !== undefined;
  const { cost, tokens } = last;
  return {
    label,
    method,
    visualTokens: tokens.visual,
    textTokens: tokens.text,
    meanEntering: cost.meanEntering,
    meanLeaving: cost.meanLeaving,
    vision: of(({ timings }) => timings.visionMs),
    prefill: of(({ timings }) => timings.prefillMs),
    pruning: of(({ timings }) => timings.pruningMs),
    firstToken: of(({ timings }) => timings.firstTokenMs),
    decode: decodes ? of((result) => decodeMs(result)!) : null,
    prefillSpeedup: ratio(({ timings }) => timings.prefillMs),
    firstTokenSpeedup: ratio(({ timings }) => timings.firstTokenMs),
    decodeSpeedup: decodes ? ratio((result) => decodeMs(result)!) : null,
    pruningShare: of(({ timings }) => timings.pruningMs / timings.prefillMs),
    prefillFlops: cost.realFlops - cost.visionFlops,
    flopsRatio: cost.flopsRatio,
    cacheBytes: cost.kvBytes,
  };
}
