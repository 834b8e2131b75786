// Vocabulary

export { headSizeOf, layerFlops, prefillFlops } from './cost/flops.js';
// Cost
export type { Cost, LayerWork, PrefillWork, PriceOptions } from './cost/price.js';
export { fullLayerWork, price } from './cost/price.js';
export type { Simulation, SimulationOptions } from './cost/simulate.js';
export { simulate } from './cost/simulate.js';
export type {
  CacheMap,
  Decision,
  DensityPeakMerge,
  Rule,
  ScoreTerm,
  Selection,
  SignalTerm,
  ValueTerm,
} from './decision.js';
export { ruleRowMap, ruleScores, selectRows } from './decision.js';
// Errors
export type { AutopruneErrorCode } from './errors.js';
export { AutopruneError, requireNumber } from './errors.js';
export type { DecoderGeometry, GeometryScale, TowerShape, VisionGeometry } from './geometry.js';
export { geometryScale, LLAVA_15_7B } from './geometry.js';
// Selection and merging
export type { TokenKernels } from './kernels.js';
export { referenceKernels } from './kernels.js';
// Methods
export type {
  CacheRows,
  DecisionInput,
  Method,
  MethodReport,
  MethodRun,
  ParameterSpec,
  ParameterValues,
  PromptContext,
  SimulationContext,
  SiteRequest,
  TokenCounts,
} from './method.js';
export { autoprune } from './methods/autoprune.js';
export { none } from './methods/none.js';
export { nearestName, resolveParameters, suggestion } from './parameters.js';
export type {
  MethodChoice,
  Pruner,
  PrunerOptions,
  PrunerPrompt,
  PrunerReport,
  PrunerRun,
} from './pruner.js';
export { createPruner } from './pruner.js';
export { findMethod, registeredMethods, registerMethod } from './registry.js';
export type { Budget, BudgetKind, BudgetScope } from './schedule/budget.js';
export { defaultBudget, parseBudget, requireBudget } from './schedule/budget.js';
export type { ComplexityOptions } from './schedule/complexity.js';
export { complexity } from './schedule/complexity.js';
export { fitSchedule } from './schedule/fit-schedule.js';
export type { MergeRule } from './schedule/merge-counts.js';
export { mergedCount, mergePoolSize } from './schedule/merge-counts.js';
export type { ReferenceSchedule, ReferenceScheduleOptions } from './schedule/reference-schedule.js';
export { fitReferenceSchedule } from './schedule/reference-schedule.js';
// Schedule
export type { RetentionCurve } from './schedule/retention-curve.js';
export { AUTOPRUNE_DEFAULTS, retentionCurve, slopeOf } from './schedule/retention-curve.js';
export type { Schedule, ScheduleOptions } from './schedule/schedule.js';
export { measureBudget, singleCutCounts, solveCount } from './schedule/solve-count.js';
export type { DensityPeaks } from './select/density-peaks.js';
export type { RowMap } from './select/row-map.js';
export { isKeptRow, keepRows, rowMap } from './select/row-map.js';
export type { SignalReader, SignalRequest } from './signal.js';
export { signalKey } from './signal.js';
export type { Site, SiteKind } from './site.js';
export { siteKey } from './site.js';
export type { RowContent, TokenPlace, TokenRows } from './token-rows.js';
export { initialRows, mapTokenRows } from './token-rows.js';
