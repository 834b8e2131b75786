import { AutopruneError } from '../errors.js';

/**
 * What a budget counts.
 *
 * - `meanLeaving`: mean over layers of the visual tokens that leave a layer. What the AutoPrune and
 *   SparseVLM code print as "average tokens", and the meaning of "target tokens"
 * - `meanEntering`: mean over layers of the visual tokens that enter a layer: what is processed and cached
 * - `flops`: decoder prefill FLOPs as a share of the unpruned prompt
 * - `keepRatio`: share of the visual tokens, max(1, int(N · ratio)) of them, in the method's own sense
 * - `native`: the method's own parameters; no value
 */
export type BudgetKind = 'meanLeaving' | 'meanEntering' | 'flops' | 'keepRatio' | 'native';

/**
 * What a budget is split over: all visual tokens of the prompt together, or each picture or tile for itself, in
 * proportion to their tokens.
 */
export type BudgetScope = 'total' | 'image' | 'tile';

/** A compute budget. `value` is absent for `native` only. */
export interface Budget {
  readonly kind: BudgetKind;
  /** A total over the whole prompt, whatever the scope. */
  readonly value?: number;
  /** Default `total`. */
  readonly scope?: BudgetScope;
}

/** Published default budget: the middle one of the tables, 128 of 576 tokens; the published code's own is 64. */
export function defaultBudget(visualTokens: number, reference: boolean): Budget {
  return {
    kind: 'meanLeaving',
    value: reference ? Math.min(64, visualTokens) : Math.max(1, (visualTokens * 2) / 9),
  };
}

const KINDS: readonly BudgetKind[] = [
  'meanLeaving',
  'meanEntering',
  'flops',
  'keepRatio',
  'native',
];

/**
 * Reads `meanLeaving=64`, `flops=0.25`, `native`, …
 *
 * @throws BUDGET_INVALID for an unknown kind or a value that is not a positive number
 */
export function parseBudget(text: string): Budget {
  const [kind, value, ...rest] = text.split('=');
  if (!KINDS.includes(kind as BudgetKind) || rest.length > 0) {
    throw new AutopruneError(
      'BUDGET_INVALID',
      `Unknown budget ${JSON.stringify(text)}; use one of ${KINDS.join(', ')}, as in meanLeaving=64 or flops=0.25`,
      { text },
    );
  }
  if (kind === 'native' && value === undefined) return { kind: 'native' };
  const budget: Budget = {
    kind: kind as BudgetKind,
    value: value?.trim() ? Number(value) : Number.NaN,
  };
  requireBudget(budget);
  return budget;
}

/**
 * Checks the value of a budget, and against the picture where `visualTokens` is given.
 *
 * @throws BUDGET_INVALID naming the value and the range
 */
export function requireBudget(budget: Budget, visualTokens = Infinity): void {
  const { kind, value } = budget;
  if (kind === 'native') return;
  const share = kind === 'flops' || kind === 'keepRatio';
  const max = share ? 1 : visualTokens;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0 || value > max) {
    const limit = max < Infinity ? ` and at most ${max}${share ? '' : ' visual tokens'}` : '';
    throw new AutopruneError(
      'BUDGET_INVALID',
      `The budget ${kind}=${value} must be above 0${limit}`,
      { kind, value, max },
    );
  }
}
