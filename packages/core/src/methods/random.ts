import type { Method, ParameterValues, PromptContext } from '../method.js';
import { drawPositions, randomStream } from '../random.js';
import { shareCount } from '../round.js';
import { singleCutCounts, solveCount } from '../schedule/solve-count.js';
import { keepRows } from '../select/row-map.js';
import type { Site } from '../site.js';
import { SHARE } from '../wiring/share-parameter.js';

interface Settings {
  readonly layer: number;
  readonly keep: number;
  readonly share?: number;
}

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { layer, keep, share } = parameters;
  const { geometry, visualTokens, budget } = context;
  const count =
    keep ??
    (budget.kind === 'native'
      ? shareCount(visualTokens, (share ?? 0.5) as number)
      : solveCount('random', context, (tokens) =>
          singleCutCounts(geometry.layers, visualTokens, layer as number, tokens),
        ));
  return {
    layer: layer!,
    keep: Math.min(count as number, visualTokens),
    ...((share ?? null) === null ? {} : { share: share! }),
  };
}

/** Random selection with a seed: the control that every method must beat. */
export const random: Method = {
  name: 'random',
  title: 'Random selection',
  paper: null,
  repository: null,
  licence: 'Apache-2.0 (own definition)',
  sites: ['input', 'layer'],
  signals: [],
  positions: 'keep',
  order: 'spatial',
  questionDependent: false,
  adaptive: false,
  parameters: [
    {
      name: 'layer',
      type: 'integer',
      min: 0,
      default: 0,
      isLayer: true,
      description: 'The cut is before this layer; 0 is before the decoder',
    },
    {
      name: 'keep',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description: 'Visual tokens kept; from the budget when not given, half of them with `native`',
    },
    SHARE,
  ],
  resolve,
  simulate: (parameters, context) => {
    const { layer, keep } = parameters as unknown as Settings;
    return singleCutCounts(context.geometry.layers, context.visualTokens, layer, keep);
  },
  start: (parameters, { seed }) => {
    const { layer, keep, share } = parameters as unknown as Settings;
    const site: Site = layer === 0 ? { kind: 'input' } : { kind: 'layer', layer: layer - 1 };
    return {
      sites: [{ site, signals: [] }],
      // The stream is the layer that draws, so that a draw does not depend on the order of calls.
      decide: (_, { rows }) => {
        const count = rows.contents.length;
        const most = share === undefined ? keep : shareCount(count, share);
        const drawn = drawPositions(randomStream(seed, layer), count, most);
        return keepRows(count, drawn.sort());
      },
      report: () => ({ parameters: { ...parameters, seed } }),
    };
  },
};
