import type { Decision, Rule } from '../decision.js';
import { AutopruneError } from '../errors.js';
import { geometryScale } from '../geometry.js';
import type {
  Method,
  MethodReport,
  MethodRun,
  ParameterSpec,
  ParameterValues,
  PromptContext,
  SiteRequest,
} from '../method.js';
import { type Budget, defaultBudget, requireBudget } from '../schedule/budget.js';
import { fitSchedule } from '../schedule/fit-schedule.js';
import { mergePoolSize, PUBLISHED_MERGE } from '../schedule/merge-counts.js';
import { referenceKeepCount } from '../schedule/reference-schedule.js';
import { AUTOPRUNE_DEFAULTS, slopeOf } from '../schedule/retention-curve.js';
import type { Schedule } from '../schedule/schedule.js';
import { keepRows } from '../select/row-map.js';
import { selectTopTokens } from '../select/top-tokens.js';
import type { SignalRequest } from '../signal.js';

/** Weight of the text's attention beside the saliency in the first cut (published). */
const TEXT_WEIGHT = 0.3;

// A function, so that bundlers can drop it with the method.
const parameterSpecs = (): readonly ParameterSpec[] => [
  {
    name: 'targetTokens',
    type: 'number',
    min: 0,
    default: null,
    setsBudget: true,
    description: 'Mean of the visual tokens leaving a layer; from the budget when not given',
    aliases: ['target-token-num'],
  },
  {
    name: 'x0',
    type: 'number',
    default: AUTOPRUNE_DEFAULTS.x0,
    description: 'Midpoint, in layers of 32; a larger one keeps fewer tokens early and more late',
  },
  {
    name: 'k0',
    type: 'number',
    default: AUTOPRUNE_DEFAULTS.k0,
    description: 'Slope at zero complexity, per layer of 32',
  },
  {
    name: 'gamma',
    type: 'number',
    default: AUTOPRUNE_DEFAULTS.gamma,
    description: 'Fall of the slope per bit of mutual information',
  },
  {
    name: 'visualTokenCap',
    type: 'integer',
    min: 1,
    default: null,
    description: 'Cap on the visual tokens that enter the decoder; the most salient are kept',
    aliases: ['visual-token-num'],
  },
];

/** What a test may feed into {@link createAutoprune}. */
export interface AutopruneOptions {
  /** float32 [pool] of U[0, 1) for the merge after `layer`, instead of the zero-noise rule. */
  readonly mergeNoise?: (layer: number, pool: number) => Float32Array | undefined;
}

interface Settings {
  readonly x0: number;
  readonly k0: number;
  readonly gamma: number;
  readonly targetTokens: number | null;
  readonly visualTokenCap: number | null;
}

/** The budget of a run: explicit target tokens, else the budget, else the default of the mode. */
function askedBudget(settings: Settings, context: PromptContext): Budget {
  const { budget, reference, visualTokens } = context;
  if (settings.targetTokens !== null) return { kind: 'meanLeaving', value: settings.targetTokens };
  return budget.kind === 'native' ? defaultBudget(visualTokens, reference) : budget;
}

/** The budget, checked against the picture. The published code takes a target above it as all of its tokens. */
function runBudget(settings: Settings, context: PromptContext): Budget {
  const asked = askedBudget(settings, context);
  const clamp = context.reference && asked.kind === 'meanLeaving';
  const budget = clamp ? { ...asked, value: Math.min(asked.value!, context.visualTokens) } : asked;
  requireBudget(budget, context.visualTokens);
  return budget;
}

const attention = (layer: number): SignalRequest => ({
  kind: 'attention',
  layer,
  rows: 'text',
  reduce: 'mean',
});

const information = (layer: number): SignalRequest => ({
  kind: 'mutual-information',
  layer,
  rows: 'text',
});

const SALIENCY: SignalRequest = { kind: 'saliency' };

/** One prompt: carries the mutual information of a shallow layer to the curve of all later ones. */
function startRun(
  settings: Settings,
  context: PromptContext,
  { mergeNoise }: AutopruneOptions,
): MethodRun {
  const { geometry, reference, textTokens, otherTokens } = context;
  const { layers } = geometry;
  if (textTokens < 1) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'AutoPrune needs text after the last picture; put the question there',
    );
  }
  const visualTokens = Math.min(context.visualTokens, settings.visualTokenCap ?? Infinity);
  const scale = geometryScale(geometry);
  const complexityScale = reference ? 1 : scale.complexity;
  const complexityLayer = reference ? 1 : Math.max(scale.layer(1), 1);
  const budget = runBudget(settings, context);
  const planFor = (slope: number, cappedTokens?: number): Schedule =>
    fitSchedule({
      visualTokens,
      geometry,
      budget,
      slope,
      x0: settings.x0,
      textTokens: otherTokens,
      reference,
      cappedTokens,
    });
  // The first cut comes before the complexity is known; its count depends on the slope only where the budget is not
  // on leaving tokens, and then the middle slope stands in.
  const firstKeep = planFor(settings.k0 / 2).keep[0]!;
  let schedule: Schedule | undefined;
  let complexity: number | undefined;

  const sites: SiteRequest[] = [];
  if (visualTokens < context.visualTokens) {
    sites.push({ site: { kind: 'input' }, signals: [SALIENCY] });
  }
  if (reference || firstKeep < visualTokens) {
    const ruleSignals = [attention(0), information(0), SALIENCY];
    sites.push({ site: { kind: 'layer', layer: 0 }, signals: [], ruleSignals });
  }
  // The cut after the last layer changes no answer: only the published algorithm makes it.
  for (let layer = complexityLayer; layer < (reference ? layers : layers - 1); layer++) {
    sites.push({
      site: { kind: 'layer', layer },
      signals: layer === complexityLayer ? [information(layer)] : [],
      ruleSignals: [attention(layer)],
    });
  }

  const firstCut = (): Rule => ({
    kind: 'rule',
    score: [
      {
        signal: attention(0),
        weight: (TEXT_WEIGHT * complexityScale) / textTokens,
        scaledBy: information(0),
      },
      { signal: SALIENCY },
    ],
    keep: firstKeep,
    order: 'spatial',
  });

  const layerCut = (layer: number, count: number): Rule | undefined => {
    const keep = reference
      ? referenceKeepCount(firstKeep, schedule!.keepShare[layer - 1]!, count)
      : Math.min(schedule!.keep[layer]!, count);
    const dropped = count - keep;
    if (dropped === 0) return undefined;
    const clusters = schedule!.merged[layer]!;
    const pool = mergePoolSize(dropped, PUBLISHED_MERGE);
    const noise = mergeNoise?.(layer, pool);
    return {
      kind: 'rule',
      score: [{ signal: attention(layer) }],
      keep,
      order: 'spatial',
      ...(clusters > 0
        ? { merge: { kind: 'density-peaks', pool, clusters, ...(noise ? { noise } : {}) } }
        : {}),
    };
  };

  return {
    sites,
    decide: (site, { rows, signals }): Decision | undefined => {
      const count = rows.contents.length;
      if (site.kind === 'input') {
        const keep = Math.min(visualTokens, count);
        return keepRows(count, selectTopTokens(signals.get(SALIENCY), keep));
      }
      if (site.kind !== 'layer' || count === 0) return undefined;
      if (site.layer === 0) return firstCut();
      if (site.layer === complexityLayer) {
        const perHead = signals.get(information(site.layer));
        complexity = complexityScale * perHead.reduce((sum, value) => sum + value, 0);
        schedule = planFor(slopeOf(complexity, settings), firstKeep);
      }
      return layerCut(site.layer, count);
    },
    // The curve is known from the complexity on.
    idleAt: (site, { contents }) =>
      site.kind === 'layer' && !!schedule && !layerCut(site.layer, contents.length),
    report: (): MethodReport => {
      const { x0, k0, gamma, visualTokenCap } = settings;
      const targetTokens =
        budget.kind === 'meanLeaving' ? budget.value! : (schedule?.meanLeaving ?? null);
      return {
        parameters: {
          targetTokens,
          x0,
          k0,
          gamma,
          ...(visualTokenCap === null ? {} : { visualTokenCap }),
        },
        ...(complexity === undefined ? {} : { complexity }),
        ...(schedule ? { slope: schedule.slope, lastLeaving: schedule.leaving.at(-1)! } : {}),
      };
    },
  };
}

/** AutoPrune with test options; everyone else uses {@link autoprune}. */
export function createAutoprune(options: AutopruneOptions = {}): Method {
  return {
    name: 'autoprune',
    title: 'AutoPrune: complexity-adaptive pruning',
    paper:
      'Wang et al., AutoPrune: Each Complexity Deserves a Pruning Policy, NeurIPS 2025, arXiv 2509.23931',
    repository: 'https://github.com/AutoLab-SAI-SJTU/AutoPrune',
    licence: 'Apache-2.0',
    sites: ['input', 'layer'],
    signals: [
      'saliency',
      'attention of the text rows to the visual keys in every layer',
      'mutual information in two layers',
    ],
    positions: 'renumber',
    order: 'spatial',
    questionDependent: true,
    adaptive: true,
    parameters: parameterSpecs(),
    simulate: (parameters, context) => {
      const settings = parameters as unknown as Settings;
      const { entering, leaving } = fitSchedule({
        visualTokens: Math.min(context.visualTokens, settings.visualTokenCap ?? Infinity),
        geometry: context.geometry,
        budget: runBudget(settings, context),
        slope:
          context.complexity === undefined
            ? settings.k0 / 2
            : slopeOf(context.complexity, settings),
        x0: settings.x0,
        textTokens: context.otherTokens,
        reference: context.reference,
      });
      return { entering, leaving };
    },
    start: (parameters: ParameterValues, context) =>
      startRun(parameters as unknown as Settings, context, options),
  };
}

/** AutoPrune: complexity-adaptive pruning along a logistic retention curve. */
export const autoprune: Method = /* @__PURE__ */ createAutoprune();
