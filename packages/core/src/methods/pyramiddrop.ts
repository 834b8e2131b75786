import { AutopruneError } from '../errors.js';
import type { Method, ParameterValues, PromptContext } from '../method.js';
import { pyramiddropCounts } from '../published/pyramiddrop.js';
import { shareCount } from '../round.js';
import { solveCount } from '../schedule/solve-count.js';
import type { SignalRequest } from '../signal.js';
import { numberList, stageLayers } from '../wiring/number-list.js';
import { stageCounts } from '../wiring/stages.js';

const NAME = 'pyramiddrop';

/** Stages of the published default, and the earlier ones that its author names for smaller budgets (issue 29). */
const DEFAULT_LAYERS = [8, 16, 24];
const EARLY_LAYERS = [2, 8, 16];

interface Settings {
  readonly layers: string;
  readonly keeps: string;
  readonly shares: string | null;
  readonly order: 'spatial' | 'score';
}

const stagesOf = ({ layers, keeps }: Settings) => {
  const counts = keeps.split(',').map(Number);
  return layers.split(',').map((layer, index) => ({
    layer: Number(layer),
    tokens: counts[Math.min(index, counts.length - 1)]!,
  }));
};

/** Falling counts of which none is above the visual tokens: N λ, N λ², …, for N λ = first. */
const decay = (visualTokens: number, first: number, stages: number): number[] =>
  Array.from({ length: stages }, (_, stage) =>
    Math.max(1, Math.trunc(visualTokens * (first / visualTokens) ** (stage + 1))),
  );

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const native = budget.kind === 'native';
  const published = native ? DEFAULT_LAYERS : EARLY_LAYERS;
  const layers = stageLayers(NAME, parameters.layers as string | null, published, context);
  const listed = (parameters.keeps ?? null) as string | null;
  const shares = (parameters.shares ?? null) as string | null;
  let keeps: number[];
  if (listed !== null) keeps = numberList(NAME, 'keeps', listed, { integer: true });
  else if (shares !== null || native) {
    const ratios = numberList(NAME, 'ratios', parameters.ratios as string, { max: 1 });
    let left = visualTokens;
    keeps =
      shares === null
        ? pyramiddropCounts(visualTokens, ratios)
        : numberList(NAME, 'shares', shares, { max: 1 }).map((share) => {
            left = shareCount(left, share);
            return left;
          });
  } else {
    const first = solveCount(NAME, context, (count) =>
      stageCounts(
        geometry.layers,
        visualTokens,
        decay(visualTokens, count, layers.length).map((tokens, index) => ({
          layer: layers[index]!,
          tokens,
        })),
      ),
    );
    keeps = decay(visualTokens, first, layers.length);
  }
  keeps = keeps.slice(0, layers.length);
  if (keeps.length < layers.length) {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Method ${NAME} has ${layers.length} stages (layers ${layers.join(',')}) but ${keeps.length} counts; give one for each`,
      { layers, keeps },
    );
  }
  return {
    layers: layers.join(','),
    keeps: keeps.map((count) => Math.min(count, visualTokens)).join(','),
    shares,
    order: parameters.order!,
  };
}

/** PyramidDrop: fewer tokens in every stage, by what the last token would attend to in the next layer. */
export const pyramiddrop: Method = {
  name: NAME,
  title: 'PyramidDrop: a falling count in stages',
  paper:
    'Xing et al., PyramidDrop: Accelerating Your Large Vision-Language Models via Pyramid Visual Redundancy Reduction, CVPR 2025, arXiv 2410.17247',
  repository: 'https://github.com/Cooperx521/PyramidDrop',
  licence: 'MIT',
  sites: ['layer'],
  signals: ['attention of the last prompt row in the layer after each cut, ahead of its run'],
  positions: 'renumber',
  order: 'spatial',
  questionDependent: true,
  adaptive: false,
  parameters: [
    {
      name: 'layers',
      type: 'string',
      default: null,
      description:
        'The cuts are before these layers; 8,16,24 of 32 with the native budget, 2,8,16 of 32 with another',
      aliases: ['layer-list'],
    },
    {
      name: 'ratios',
      type: 'string',
      default: '0.5,0.25,0.125',
      description: 'Shares of the first count kept in every stage with the native budget',
      aliases: ['image-token-ratio-list'],
    },
    {
      name: 'keeps',
      type: 'string',
      default: null,
      setsBudget: true,
      description: 'Visual tokens kept in every stage, instead of ratios',
    },
    {
      name: 'shares',
      type: 'string',
      default: null,
      setsBudget: true,
      description: 'Shares of the tokens that reach each cut, instead of ratios',
    },
    {
      name: 'order',
      type: 'string',
      values: ['spatial', 'score'],
      default: 'spatial',
      description: 'Order of the kept tokens; score is that of UniPruneBench’s copy',
    },
  ],
  resolve,
  simulate: (parameters, { geometry, visualTokens }) =>
    stageCounts(geometry.layers, visualTokens, stagesOf(parameters as unknown as Settings)),
  start: (parameters) => {
    const settings = parameters as unknown as Settings;
    const stages = stagesOf(settings);
    const shares = settings.shares?.split(',').map(Number);
    const signalOf = (layer: number): SignalRequest => ({
      kind: 'attention',
      layer,
      rows: 'last',
      reduce: 'mean',
    });
    return {
      sites: stages.map(({ layer }) => ({
        site: { kind: 'layer', layer: layer - 1 },
        signals: [],
        ruleSignals: [signalOf(layer)],
      })),
      decide: (site, { rows }) => {
        const layer = site.kind === 'layer' ? site.layer + 1 : 0;
        const index = stages.findIndex((stage) => stage.layer === layer);
        const count = rows.contents.length;
        return {
          kind: 'rule',
          score: [{ signal: signalOf(layer) }],
          keep: shares ? shareCount(count, shares[index]!) : stages[index]!.tokens,
          order: settings.order,
        };
      },
      report: () => ({ parameters }),
    };
  },
};
