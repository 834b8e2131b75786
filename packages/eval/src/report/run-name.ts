import { basename, dirname } from 'node:path';
import type { RunConfiguration } from '../run/identity.js';

/** What a run is called, and what it is put together with. */
export interface RunName {
  /** All that sets the run apart, as `fastv flops=0.5 keep=12`. */
  readonly label: string;
  /** The method alone: its runs stand together. */
  readonly method: string;
  /** The method with its parameters, without the budget. */
  readonly variant: string;
  /** What was asked for: `flops`, `keepRatio`, …; `native` where nothing was. */
  readonly budgetKind: string;
  /** Null for `native`. */
  readonly budgetValue: number | null;
}

interface Pruning {
  readonly method?: string;
  readonly budget?: { readonly kind: string; readonly value?: number };
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly reference?: boolean;
  readonly seed?: number;
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** The name of a run; one of an endpoint is called like the folder that holds it. */
export function runName(configuration: RunConfiguration, folder: string): RunName {
  const pruning = configuration.pruning as Pruning | undefined;
  if (!pruning?.method) {
    const label = basename(dirname(folder));
    return { label, method: label, variant: label, budgetKind: 'native', budgetValue: null };
  }
  const { method, budget, parameters = {}, reference, seed = 0 } = pruning;
  const settings = joined([
    ...Object.entries(parameters).map(([name, value]) => `${name}=${String(value)}`),
    reference ? 'reference' : '',
    seed === 0 ? '' : `seed=${seed}`,
  ]);
  const asked = [budget?.kind, budget?.value].filter((part) => part !== undefined).join('=');
  return {
    label: joined([method, asked, settings]),
    method,
    variant: joined([method, settings]),
    budgetKind: budget?.value === undefined ? 'native' : budget.kind,
    budgetValue: budget?.value ?? null,
  };
}
