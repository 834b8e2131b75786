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
import { withDefaults } from '../parameters.js';
import { type Budget, defaultBudget, requireBudget } from '../schedule/budget.js';
import { fitSchedule, type Schedule } from '../schedule/fit-schedule.js';
import { mergePoolSize, PUBLISHED_MERGE } from '../schedule/merge-counts.js';
import { referenceKeepCount } from '../schedule/reference-schedule.js';
import { AUTOPRUNE_DEFAULTS, slopeOf } from '../schedule/retention-curve.js';
import { keepRows } from '../select/row-map.js';
import { selectTopTokens } from '../select/top-tokens.js';
import type { SignalRequest } from '../signal.js';

/** Weight of the text's attention beside the saliency in the first cut (published). */
const TEXT_WEIGHT = 0.3;

const PARAMETERS: readonly ParameterSpec[] = [
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
    description:
      'Midpoint of the retention curve, in layers of a 32-layer decoder; under a fixed budget a larger one keeps fewer tokens early and more late',
  },
  {
    name: 'k0',
    type: 'number',
    default: AUTOPRUNE_DEFAULTS.k0,
    description: 'Slope of the curve at zero complexity, per layer of a 32-layer decoder',
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
    description:
      'Cap on the visual tokens that enter the decoder, over all crops of a picture; the most salient are kept',
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

class AutopruneRun implements MethodRun {
  readonly sites: readonly SiteRequest[];
  private readonly layers: number;
  private readonly visualTokens: number;
  private readonly complexityLayer: number;
  private readonly budget: Budget;
  private readonly firstKeep: number;
  private schedule: Schedule | undefined;
  private complexity: number | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly context: PromptContext,
    private readonly options: AutopruneOptions,
  ) {
    const { geometry, reference, textTokens } = context;
    if (textTokens < 1) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        'AutoPrune needs at least one text token after the last picture: its attention is the signal. Put the question after the picture, or use another method',
      );
    }
    this.layers = geometry.layers;
    this.visualTokens = Math.min(context.visualTokens, settings.visualTokenCap ?? Infinity);
    this.complexityLayer = reference ? 1 : Math.max(geometryScale(geometry).layer(1), 1);
    this.budget = runBudget(settings, context);
    // The first cut comes before the complexity is known; its count depends on the slope only where
    // the budget is not on leaving tokens, and then the middle slope stands in.
    const first = this.fit(settings.k0 / 2);
    this.firstKeep = first.keep[0]!;
    this.sites = this.requests();
  }

  private fit(slope: number, cappedTokens?: number): Schedule {
    const { geometry, otherTokens, reference } = this.context;
    return fitSchedule({
      visualTokens: this.visualTokens,
      geometry,
      budget: this.budget,
      slope,
      x0: this.settings.x0,
      textTokens: otherTokens,
      reference,
      ...(cappedTokens === undefined ? {} : { cappedTokens }),
    });
  }

  private attention(layer: number): SignalRequest {
    return { kind: 'attention', layer, rows: 'text', reduce: 'mean' };
  }

  private information(layer: number): SignalRequest {
    return { kind: 'mutual-information', layer, rows: 'text' };
  }

  private requests(): SiteRequest[] {
    const requests: SiteRequest[] = [];
    if (this.visualTokens < this.context.visualTokens) {
      requests.push({ site: { kind: 'input' }, signals: [{ kind: 'saliency' }] });
    }
    if (this.context.reference || this.firstKeep < this.visualTokens) {
      requests.push({
        site: { kind: 'layer', layer: 0 },
        signals: [],
        ruleSignals: [this.attention(0), this.information(0), { kind: 'saliency' }],
      });
    }
    // The cut after the last layer changes no answer: only the published algorithm makes it.
    const last = this.context.reference ? this.layers : this.layers - 1;
    for (let layer = this.complexityLayer; layer < last; layer++) {
      requests.push({
        site: { kind: 'layer', layer },
        signals: layer === this.complexityLayer ? [this.information(layer)] : [],
        ruleSignals: [this.attention(layer)],
      });
    }
    return requests;
  }

  decide(
    site: SiteRequest['site'],
    { rows, signals }: Parameters<MethodRun['decide']>[1],
  ): Decision | undefined {
    const count = rows.contents.length;
    if (site.kind === 'input') {
      const saliency = signals.get({ kind: 'saliency' });
      return keepRows(count, selectTopTokens(saliency, Math.min(this.visualTokens, count)));
    }
    if (site.kind !== 'layer' || count === 0) return undefined;
    const { layer } = site;
    if (layer === 0) return this.firstCut();
    if (layer === this.complexityLayer) this.measure(signals.get(this.information(layer)));
    return this.layerCut(layer, count);
  }

  private firstCut(): Rule {
    const { reference, geometry, textTokens } = this.context;
    const scale = reference ? 1 : geometryScale(geometry).complexity;
    return {
      kind: 'rule',
      score: [
        {
          signal: this.attention(0),
          weight: (TEXT_WEIGHT * scale) / textTokens,
          scaledBy: this.information(0),
        },
        { signal: { kind: 'saliency' } },
      ],
      keep: this.firstKeep,
      order: 'spatial',
    };
  }

  private measure(perHead: Float32Array): void {
    const { reference, geometry } = this.context;
    const scale = reference ? 1 : geometryScale(geometry).complexity;
    this.complexity = scale * perHead.reduce((sum, value) => sum + value, 0);
    this.schedule = this.fit(slopeOf(this.complexity, this.settings), this.firstKeep);
  }

  private layerCut(layer: number, count: number): Rule | undefined {
    const schedule = this.schedule!;
    const keep = this.context.reference
      ? referenceKeepCount(this.firstKeep, schedule.keepShare[layer - 1]!, count)
      : Math.min(schedule.keep[layer]!, count);
    const clusters = schedule.merged[layer]!;
    const dropped = count - keep;
    if (dropped === 0) return undefined;
    const pool = mergePoolSize(dropped, PUBLISHED_MERGE);
    const noise = this.options.mergeNoise?.(layer, pool);
    return {
      kind: 'rule',
      score: [{ signal: this.attention(layer) }],
      keep,
      order: 'spatial',
      ...(clusters > 0
        ? { merge: { kind: 'density-peaks', pool, clusters, ...(noise ? { noise } : {}) } }
        : {}),
    };
  }

  report(): MethodReport {
    const { x0, k0, gamma, visualTokenCap } = this.settings;
    const targetTokens =
      this.budget.kind === 'meanLeaving'
        ? this.budget.value!
        : (this.schedule?.meanLeaving ?? null);
    return {
      parameters: {
        targetTokens,
        x0,
        k0,
        gamma,
        ...(visualTokenCap === null ? {} : { visualTokenCap }),
      },
      ...(this.complexity === undefined ? {} : { complexity: this.complexity }),
      ...(this.schedule
        ? { slope: this.schedule.slope, lastLeaving: this.schedule.leaving.at(-1)! }
        : {}),
    };
  }
}

/** AutoPrune with test options; everyone else uses {@link autoprune}. */
export function createAutoprune(options: AutopruneOptions = {}): Method {
  const method: Method = {
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
    parameters: PARAMETERS,
    resolve: (parameters) => withDefaults(method, parameters),
    simulate: (parameters, context) => {
      const settings = withDefaults(method, parameters) as unknown as Settings;
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
      new AutopruneRun(withDefaults(method, parameters) as unknown as Settings, context, options),
  };
  return method;
}

/** AutoPrune: complexity-adaptive pruning along a logistic retention curve. */
export const autoprune: Method = createAutoprune();
