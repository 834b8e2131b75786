import { AutopruneError, referenceKernels, requireNumber } from '@autoprune/core';
import { type RandomStream, randomStream } from '@autoprune/core/random';
import type { TokenKernels } from '@autoprune/kernels';

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0 takes the best token; above 0 draws from softmax(logits / temperature). Default 0. */
  readonly temperature?: number;
  /** Draw from the most probable tokens that together reach this probability, in (0, 1]. Default 1. */
  readonly topP?: number;
  /** Draw from this many best tokens; 0 for all. Default 0. */
  readonly topK?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
}

/** Chooses token ids from logits. */
export type Sampler = (logits: Float32Array) => number;

type Ranking = Pick<TokenKernels, 'rankTokens'>;

/** Stream of the draws, apart from the streams of methods, which are layer indices. */
const SAMPLING_STREAM = -1;

/** The best token; the lower id where two tie. */
export function bestToken(logits: Float32Array): number {
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    if (!Number.isFinite(logits[id]!)) {
      throw new AutopruneError(
        'BACKEND_FAILED',
        `The model gave ${logits[id]} as logit of token ${id}; the checkpoint is damaged or overflows in this precision`,
        { id },
      );
    }
    if (logits[id]! > logits[best]!) best = id;
  }
  return best;
}

/**
 * A sampler with its own random stream: temperature first, then top-k, then top-p, as transformers orders them.
 *
 * @param kernels  rank the vocabulary, which takes longest
 * @throws ARGUMENT_INVALID for options out of range
 */
export function createSampler(
  options: SamplingOptions = {},
  kernels: Ranking = referenceKernels,
): Sampler {
  const { temperature = 0, topP = 1, topK = 0, seed = 0 } = options;
  requireNumber('temperature', temperature, { min: 0 });
  requireNumber('topP', topP, { min: Number.MIN_VALUE, max: 1 });
  requireNumber('topK', topK, { min: 0, integer: true });
  if (temperature === 0) return bestToken;
  const random = randomStream(seed, SAMPLING_STREAM);
  return (logits) => draw(logits, random, { temperature, topP, topK }, kernels);
}

function draw(
  logits: Float32Array,
  random: RandomStream,
  { temperature, topP, topK }: Required<Omit<SamplingOptions, 'seed'>>,
  kernels: Ranking,
): number {
  const largest = logits[bestToken(logits)]!;
  const drawn = topK > 0 ? Math.min(topK, logits.length) : logits.length;
  const candidates = kernels.rankTokens(logits, drawn);
  const weights = new Float64Array(drawn);
  let total = 0;
  for (let index = 0; index < drawn; index++) {
    weights[index] = Math.exp((logits[candidates[index]!]! - largest) / temperature);
    total += weights[index]!;
  }
  let kept = 0;
  let mass = 0;
  while (kept < candidates.length && (kept === 0 || mass < topP * total)) mass += weights[kept++]!;
  let rest = random.uniform() * mass;
  for (let index = 0; index < kept; index++) {
    rest -= weights[index]!;
    if (rest < 0) return candidates[index]!;
  }
  return candidates[kept - 1]!;
}
