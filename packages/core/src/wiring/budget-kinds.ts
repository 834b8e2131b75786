import { AutopruneError } from '../errors.js';
import type { Method, PromptContext } from '../method.js';

/**
 * Refuses a budget of a kind that a method cannot be asked for.
 *
 * @param why  why not, and what can
 * @throws BUDGET_UNREACHABLE naming the method, the budget and the kinds that work
 */
export function requireBudgetKind(
  { name, budgets }: Pick<Method, 'name' | 'budgets'>,
  { budget }: PromptContext,
  why: string,
): void {
  if (!budgets || budgets.includes(budget.kind)) return;
  throw new AutopruneError(
    'BUDGET_UNREACHABLE',
    `Method ${name} cannot meet the budget ${budget.kind}=${budget.value} (it takes ${budgets.join(', ')}): ${why}`,
    { method: name, budget, budgets },
  );
}
