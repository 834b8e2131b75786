import type { Decision } from './decision.js';
import type { DecoderGeometry, TowerShape } from './geometry.js';
import type { Budget, BudgetKind } from './schedule/budget.js';
import type { SelectionKernels } from './selection-kernels.js';
import type { SignalReader, SignalRequest } from './signal.js';
import type { Site, SiteKind } from './site.js';
import type { RowContent, TokenPlace, TokenRows } from './token-rows.js';

/** A parameter of a method; the command line, the server and the docs are generated from these. */
export interface ParameterSpec {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'string';
  readonly min?: number;
  readonly max?: number;
  /** The words that a string may be. */
  readonly values?: readonly string[];
  /** Null where the value follows from the budget or from the prompt. */
  readonly default: number | boolean | string | null;
  /** One sentence, with the unit. */
  readonly description: string;
  /** Names of the same thing in published scripts. */
  readonly aliases?: readonly string[];
  /** Says how much is kept, so that it stands instead of a budget. */
  readonly setsBudget?: boolean;
  /** A layer of the decoder; the default is for 32 layers and mapped to other depths, but for `reference`. */
  readonly isLayer?: boolean;
}

/** Values of a method's parameters, by name. */
export type ParameterValues = Readonly<Record<string, number | boolean | string | null>>;

/** What a method knows of a prompt before the run begins. */
export interface PromptContext {
  readonly geometry: DecoderGeometry;
  /** The vision tower; absent where there is none to look into. */
  readonly tower?: TowerShape | undefined;
  /** Visual tokens at the decoder's input, over all pictures. */
  readonly visualTokens: number;
  /** Picture and tile of every visual token, in order, where the runtime says them. */
  readonly places?: readonly TokenPlace[] | undefined;
  /** Text rows after the last picture. */
  readonly textTokens: number;
  /** Prompt tokens that are not visual, `textTokens` included. */
  readonly otherTokens: number;
  /** Seed of everything random. */
  readonly seed: number;
  /** What the published scripts do, unscaled (architecture decision 0003). */
  readonly reference: boolean;
  /** Fast primitives, where the runtime has them; those of TypeScript otherwise. */
  readonly kernels?: SelectionKernels | undefined;
  /** The budget, resolved; `native` where the method's own parameters say it. */
  readonly budget: Budget;
}

/** A site where a run acts, and what it wants to see there. */
export interface SiteRequest {
  readonly site: Site;
  /** Signals whose values `decide` reads. */
  readonly signals: readonly SignalRequest[];
  /** Signals that only a rule of this site refers to; a backend may keep them where they are. */
  readonly ruleSignals?: readonly SignalRequest[];
  /** Looks and never changes rows here, so that another method may decide at the same site. */
  readonly observes?: boolean;
}

/**
 * What the key/value cache of every layer holds, row by row: a visual row, or null for text. Where the heads of a layer
 * keep different rows, null too.
 */
export type CacheRows = readonly (readonly (RowContent | null)[])[];

/** What `decide` is given. */
export interface DecisionInput {
  readonly rows: TokenRows;
  readonly signals: SignalReader;
  /** At `cache` sites. */
  readonly cache?: CacheRows | undefined;
}

/** What a run reports beside its counts. */
export interface MethodReport {
  readonly parameters: ParameterValues;
  /** Mutual information in units of 32 heads (AutoPrune). */
  readonly complexity?: number;
  /** Slope in units of 32 layers (AutoPrune). */
  readonly slope?: number;
  /** Rows that the method would keep after the last layer, where it does not make that useless cut. */
  readonly lastLeaving?: number;
}

/** One method on one prompt, with its own state. */
export interface MethodRun {
  readonly sites: readonly SiteRequest[];
  /** The decision at a site, or undefined to leave the rows as they are. */
  decide(site: Site, input: DecisionInput): Decision | undefined;
  /**
   * Whether `decide` will leave `rows` as they are at a site, whatever its signals say: then nothing is read there. Asked when
   * the rows have come to the site's layer. Default never.
   */
  idleAt?(site: Site, rows: TokenRows): boolean;
  report(): MethodReport;
}

/** Visual tokens entering and leaving each layer, without running anything. */
export interface TokenCounts {
  readonly entering: readonly number[];
  readonly leaving: readonly number[];
}

/** What {@link Method.simulate} is told beside the prompt. */
export interface SimulationContext extends PromptContext {
  /** Complexity, for adaptive methods; without it they assume their middle. */
  readonly complexity?: number;
}

/** A pruning method: one file, one row of the table. */
export interface Method {
  readonly name: string;
  readonly title: string;
  /** Citation: authors, title, venue. Null for controls. */
  readonly paper: string | null;
  /** URL of the published code. */
  readonly repository: string | null;
  /** Licence of the published code, and what follows for ours. */
  readonly licence: string;
  readonly sites: readonly SiteKind[];
  /** In words, for the table: what the runtime must compute. */
  readonly signals: readonly string[];
  /** Whether surviving rows get new positions in every layer or keep those of the prompt. */
  readonly positions: 'renumber' | 'keep';
  readonly order: 'spatial' | 'score';
  /** Whether the kept rows depend on the question. */
  readonly questionDependent: boolean;
  /** Whether the counts depend on the picture or the question. */
  readonly adaptive: boolean;
  readonly parameters: readonly ParameterSpec[];
  /**
   * Kinds of budget that it can be asked for. Default all. Without `meanLeaving` its default budget is `native`.
   */
  readonly budgets?: readonly BudgetKind[];
  /**
   * Turns a budget into the method's own parameters; called with a value for every parameter.
   *
   * @throws BUDGET_UNREACHABLE with the reachable range
   */
  resolve?(parameters: ParameterValues, context: PromptContext): ParameterValues;
  /** Counts for resolved parameters. */
  simulate(parameters: ParameterValues, context: SimulationContext): TokenCounts;
  /** A run for resolved parameters. */
  start(parameters: ParameterValues, context: PromptContext): MethodRun;
}
