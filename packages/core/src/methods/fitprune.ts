import { AutopruneError } from '../errors.js';
import type { Method, ParameterValues, PromptContext } from '../method.js';
import { fitprune as select } from '../published/fitprune.js';
import { FITPRUNE_SCHEMES } from '../published/fitprune-schemes.js';
import { shareCount } from '../round.js';
import { solveCount } from '../schedule/solve-count.js';
import { keepRows } from '../select/row-map.js';
import type { SignalReader, SignalRequest } from '../signal.js';
import { numberList } from '../wiring/number-list.js';
import { stageCounts } from '../wiring/stages.js';

const NAME = 'fitprune';

/** The planner searches the line through the published schemes in steps of a hundredth of their ratio. */
const STEPS_PER_PERCENT = 100;

/** Share of 576 tokens that is gone after each of 32 layers, at a reduction ratio in percent. */
function goneAt(ratio: number): number[] {
  const known = Object.keys(FITPRUNE_SCHEMES)
    .map(Number)
    .sort((a, b) => a - b);
  const scheme = (percent: number): readonly number[] =>
    FITPRUNE_SCHEMES[percent] ?? [576, ...new Array<number>(31).fill(0)];
  const line = [...known, 100];
  const above = line.findIndex((percent) => percent >= ratio);
  const [low, high] = above <= 0 ? [line[0]!, line[1]!] : [line[above - 1]!, line[above]!];
  const share = (ratio - low) / (high - low);
  let gone = 0;
  return scheme(low).map((count, layer) => {
    gone += (count + share * (scheme(high)[layer]! - count)) / 576;
    return gone;
  });
}

/** Tokens to delete in every layer of a decoder; published shares are read off at the same relative depth. */
function schemeOf(ratio: number, layers: number, visualTokens: number): number[] {
  const gone = goneAt(ratio);
  let before = 0;
  return Array.from({ length: layers }, (_, layer) => {
    const depth = ((layer + 1) * gone.length) / layers;
    const upper = Math.min(Math.ceil(depth), gone.length);
    const low = upper >= 2 ? gone[upper - 2]! : 0;
    const share = low + (depth - (upper - 1)) * (gone[upper - 1]! - low);
    const total = Math.min(Math.round(share * visualTokens), visualTokens);
    const removed = total - before;
    before = total;
    return removed;
  });
}

function countsOf(remove: readonly number[], visualTokens: number) {
  let left = visualTokens;
  return stageCounts(
    remove.length,
    visualTokens,
    remove.map((count, layer) => {
      left = Math.max(0, left - count);
      return { layer: layer + 1, tokens: left };
    }),
  );
}

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const { layers } = geometry;
  const keepLowest = parameters.keepLowest!;
  const share = (parameters.share ?? null) as number | null;
  if (share !== null) {
    const layer = (parameters.layer ?? 0) as number;
    const remove = new Array<number>(layers).fill(0);
    remove[layer] = visualTokens - shareCount(visualTokens, share);
    return { remove: remove.join(','), share, layer, keepLowest };
  }
  if (parameters.remove !== null) {
    const given = numberList(NAME, 'remove', parameters.remove as string, { integer: true });
    if (given.length !== layers) {
      throw new AutopruneError(
        'PARAMETER_INVALID',
        `Parameter remove of method ${NAME} has ${given.length} numbers, but the decoder has ${layers} layers; give one for each`,
        { given: given.length, layers },
      );
    }
    return { remove: given.join(','), keepLowest };
  }
  const ratio =
    budget.kind === 'native'
      ? (parameters.ratio as number)
      : budget.kind === 'keepRatio'
        ? 100 * (1 - budget.value!)
        : 100 -
          solveCount(
            NAME,
            context,
            (step) =>
              countsOf(
                schemeOf(100 - step / STEPS_PER_PERCENT, layers, visualTokens),
                visualTokens,
              ),
            100 * STEPS_PER_PERCENT,
          ) /
            STEPS_PER_PERCENT;
  return { remove: schemeOf(ratio, layers, visualTokens).join(','), keepLowest };
}

/** Attention received from some rows: largest of all heads, summed. */
const received = (layer: number, rows: 'visual' | 'text'): SignalRequest => ({
  kind: 'attention',
  layer,
  rows,
  reduce: 'max-sum',
});

function scoresAt(signals: SignalReader, layer: number): Float32Array {
  const self = signals.get(received(layer, 'visual'));
  const cross = signals.get(received(layer, 'text'));
  return Float32Array.from(self, (sum, token) => (sum / self.length) * cross[token]!);
}

/** FitPrune: a fitted number of tokens goes in every layer, between its attention and its MLP. */
export const fitprune: Method = {
  name: NAME,
  title: 'FitPrune: a fitted scheme over all layers',
  paper:
    'Ye et al., Fit and Prune: Fast and Training-free Visual Token Pruning for Multi-modal Large Language Models, AAAI 2025, arXiv 2409.10197',
  repository: 'https://github.com/ywh187/FitPrune',
  licence: 'Apache-2.0 (LLaVA_1.5/LICENSE), none at the root',
  sites: ['attention'],
  signals: ['attention of all visual and text rows to the visual keys in the layers of the scheme'],
  positions: 'keep',
  order: 'spatial',
  questionDependent: true,
  adaptive: false,
  parameters: [
    {
      name: 'remove',
      type: 'string',
      default: null,
      setsBudget: true,
      description: 'Visual tokens deleted in every layer, of a fit; instead of ratio',
    },
    {
      name: 'ratio',
      type: 'number',
      min: 0,
      max: 100,
      default: 60,
      setsBudget: true,
      description:
        'Reduction ratio of the published schemes in percent, read off between them; used with the native budget only',
      aliases: ['reduction_ratio'],
    },
    {
      name: 'share',
      type: 'number',
      min: 0,
      max: 1,
      default: null,
      setsBudget: true,
      description:
        'Share of the visual tokens that pass one layer, instead of a scheme (UniPruneBench)',
    },
    {
      name: 'layer',
      type: 'integer',
      min: 0,
      default: null,
      description: 'The layer of share; 0 when not given',
    },
    {
      name: 'keepLowest',
      type: 'boolean',
      default: false,
      description: 'Keep the least important tokens: the reversed sort of UniPruneBench’s copy',
    },
  ],
  resolve,
  simulate: (parameters, { visualTokens }) =>
    countsOf((parameters.remove as string).split(',').map(Number), visualTokens),
  start: (parameters) => {
    const remove = (parameters.remove as string).split(',').map(Number);
    return {
      sites: remove.flatMap((count, layer) =>
        count === 0
          ? []
          : [
              {
                site: { kind: 'attention' as const, layer },
                signals: [received(layer, 'visual'), received(layer, 'text')],
              },
            ],
      ),
      decide: (site, { rows, signals }) => {
        if (site.kind !== 'attention') return undefined;
        const scores = scoresAt(signals, site.layer);
        const keepLowest = parameters.keepLowest as boolean;
        const share = (parameters.share ?? null) as number | null;
        const count = scores.length;
        const deleted = share === null ? remove[site.layer]! : count - shareCount(count, share);
        const { kept } = select(scores, { remove: deleted, keepLowest });
        return keepRows(rows.contents.length, kept);
      },
      report: () => ({ parameters }),
    };
  },
};
