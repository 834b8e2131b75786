import { AutopruneError, requireNumber } from '../errors.js';
import { roundHalfEven } from '../round.js';
import { requireCount, requireFinite } from '../select/tensors.js';
import type { FitpruneScores } from './fitprune.js';

/** Attention of one layer of the unpruned model, as `fitpruneScores` gives it. */
export type FitpruneLayer = Pick<FitpruneScores, 'self' | 'cross'>;

/** What a fit aims at. */
export interface FitpruneFitOptions {
  /** FLOPs to reach, at most. */
  readonly targetFlops: number;
  /** FLOPs for the visual tokens that enter and leave each layer; must not grow with deletions. */
  readonly flops: (entering: readonly number[], leaving: readonly number[]) => number;
}

/** A fitted scheme. */
export interface FitpruneFit {
  /** Visual tokens to delete in each layer. */
  readonly remove: readonly number[];
  /** Share of the attention that a layer may lose, α. */
  readonly alpha: number;
  readonly flops: number;
}

/** Bisection ends when α is known this well, as in the paper. */
const ALPHA_TOLERANCE = 0.01;

/** Slack of the sums, so that a share of 1 lets everything go. */
const ROUNDING = 1e-9;

/** Tokens of `alive`, lowest score first. */
const ascending = (alive: readonly number[], scores: Float32Array): number[] =>
  [...alive].sort((a, b) => scores[a]! - scores[b]! || a - b);

/**
 * Tokens that one layer can lose: both among the k lowest by self and the k lowest by cross attention, for
 * the largest k whose tokens hold at most a share α of either.
 */
function removable(alive: readonly number[], layer: FitpruneLayer, alpha: number): Set<number> {
  const { self, cross } = layer;
  const bySelf = ascending(alive, self);
  const byCross = ascending(alive, cross);
  const allowance = (scores: Float32Array) =>
    (alpha + ROUNDING) * alive.reduce((sum, token) => sum + scores[token]!, 0);
  let selfLeft = allowance(self);
  let crossLeft = allowance(cross);
  const seen = new Set<number>();
  const removed = new Set<number>();
  for (let k = 0; k < alive.length; k++) {
    const added: number[] = [];
    for (const token of [bySelf[k]!, byCross[k]!]) {
      if (seen.has(token)) added.push(token);
      else seen.add(token);
    }
    for (const token of added) {
      selfLeft -= self[token]!;
      crossLeft -= cross[token]!;
    }
    if (selfLeft < 0 || crossLeft < 0) break;
    for (const token of added) removed.add(token);
  }
  return removed;
}

/** Deletions of every layer for one α: the mean over samples, rounded. */
function schemeOf(samples: readonly (readonly FitpruneLayer[])[], alpha: number): number[] {
  const sums = samples[0]!.map(() => 0);
  for (const layers of samples) {
    let alive = Array.from(layers[0]!.self, (_, token) => token);
    layers.forEach((layer, index) => {
      const removed = removable(alive, layer, alpha);
      alive = alive.filter((token) => !removed.has(token));
      sums[index]! += removed.size;
    });
  }
  return sums.map((sum) => roundHalfEven(sum / samples.length));
}

/**
 * Fits FitPrune's scheme for a model: the smallest share α of attention that every layer may lose at which
 * the FLOPs reach the target (Ye et al., Fit and Prune, AAAI 2025; the published repository holds only
 * the results). A token that a layer loses is absent from the later ones.
 *
 * @param samples  for every calibration sample the attention in every layer of the unpruned model, each
 *   float32 [visual]; all samples with the same numbers of layers and tokens
 * @throws ARGUMENT_INVALID for non-finite or negative values or samples that do not fit together
 * @throws BUDGET_UNREACHABLE when deleting everything is not enough
 */
export function fitpruneFit(
  samples: readonly (readonly FitpruneLayer[])[],
  { targetFlops, flops }: FitpruneFitOptions,
): FitpruneFit {
  requireNumber('targetFlops', targetFlops);
  requireNumber('samples', samples.length, { min: 1 });
  const first = samples[0]!;
  requireNumber('layers', first.length, { min: 1 });
  const tokens = first[0]!.self.length;
  for (const layers of samples) {
    requireCount('layers of a sample', layers.length, first.length);
    for (const scores of layers.flatMap(({ self, cross }) => [self, cross])) {
      requireCount('tokens of a layer', scores.length, tokens);
      requireFinite('scores', scores);
      scores.forEach((value, token) => {
        requireNumber(`score of token ${token}`, value, { min: 0 });
      });
    }
  }
  const fitAt = (alpha: number): FitpruneFit => {
    const remove = schemeOf(samples, alpha);
    let left = tokens;
    const entering = remove.map((count) => {
      const before = left;
      left = Math.max(0, left - count);
      return before;
    });
    const leaving = [...entering.slice(1), left];
    return { remove, alpha, flops: flops(entering, leaving) };
  };
  const none = fitAt(0);
  if (none.flops <= targetFlops) return none;
  let best = fitAt(1);
  if (best.flops > targetFlops) {
    throw new AutopruneError(
      'BUDGET_UNREACHABLE',
      `Deleting all visual tokens costs ${best.flops} FLOPs, above the target of ${targetFlops}; raise the target`,
      { targetFlops, lowest: best.flops },
    );
  }
  let low = 0;
  while (best.alpha - low > ALPHA_TOLERANCE) {
    const middle = fitAt((low + best.alpha) / 2);
    if (middle.flops <= targetFlops) best = middle;
    else low = middle.alpha;
  }
  return best;
}
