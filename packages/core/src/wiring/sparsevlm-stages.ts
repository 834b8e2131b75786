import { AutopruneError } from '../errors.js';
import type {
  Method,
  ParameterSpec,
  ParameterValues,
  PromptContext,
  SiteRequest,
  TokenCounts,
} from '../method.js';
import { sparsevlmRaters } from '../published/sparsevlm-raters.js';
import { shareCount } from '../round.js';
import { solveCount } from '../schedule/solve-count.js';
import type { SignalReader, SignalRequest } from '../signal.js';
import type { RowContent, TokenRows } from '../token-rows.js';
import { numberList, stageLayers } from './number-list.js';
import { stageCounts } from './stages.js';

/** What the two SparseVLM entries share in the table. */
export const SPARSEVLM_TABLE = {
  paper:
    'Zhang et al., SparseVLM: Visual Token Sparsification for Efficient Vision-Language Model Inference, ICML 2025, arXiv 2410.04417',
  repository: 'https://github.com/Gumpest/SparseVLMs',
  licence: 'Apache-2.0',
  sites: ['layer'],
  signals: [
    'embeddings of the visual tokens and of the text, once',
    'attention of the text rows to the visual keys in the layers of the cuts',
  ],
  order: 'spatial',
  questionDependent: true,
} as const satisfies Partial<Method>;

/** Parameters of both. */
export const SPARSEVLM_PARAMETERS: readonly ParameterSpec[] = [
  {
    name: 'layers',
    type: 'string',
    default: null,
    description: 'The cuts are after these layers; 2,6,15 of 32 when not given',
  },
  {
    name: 'keeps',
    type: 'string',
    default: null,
    setsBudget: true,
    description:
      'Visual tokens kept after every one of them; from the budget when not given, the list for 192 of 576 with the native budget',
  },
  {
    name: 'raters',
    type: 'string',
    values: ['above-mean', 'all'],
    default: 'above-mean',
    description: 'Text tokens whose attention counts: those that resemble the picture, or all',
  },
];

/** Resolved parameters. */
export interface SparsevlmSettings {
  readonly layers: string;
  readonly keeps: string;
  readonly raters: 'above-mean' | 'all';
  readonly count?: 'list' | 'rank';
}

/** Tokens at every layer for stages of [layer, keep]. */
type CountsOf = (
  layers: number,
  visualTokens: number,
  stages: readonly (readonly number[])[],
) => TokenCounts;

/** [layer, keep] of every stage. */
export function sparsevlmStages({ layers, keeps }: SparsevlmSettings): [number, number][] {
  const counts = keeps.split(',').map(Number);
  return layers.split(',').map((layer, index) => [Number(layer), counts[index]!]);
}

/** Steps between two lists of the tables, on the line that the planner searches. */
const STEPS = 256;

/** The list at step `step` of the line from nothing over the published lists to everything. */
function listAt(lists: readonly (readonly number[])[], step: number, tokens: number): number[] {
  const line = [[0, 0, 0], ...lists, [576, 576, 576]];
  const index = Math.min(Math.floor(step / STEPS), line.length - 2);
  const share = step / STEPS - index;
  return line[index]!.map((low, stage) =>
    Math.round(((low + share * (line[index + 1]![stage]! - low)) * tokens) / 576),
  );
}

/**
 * Layers and counts of a SparseVLM: given, of the native list for 192 tokens, or between the published
 * lists where they meet the budget.
 */
export function resolveStages(
  method: string,
  parameters: ParameterValues,
  context: PromptContext,
  lists: readonly (readonly number[])[],
  countsOf: CountsOf,
): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const layers = stageLayers(method, parameters.layers as string | null, [2, 6, 15], context);
  const given = (parameters.keeps ?? null) as string | null;
  const stagesAt = (list: readonly number[]) =>
    layers.map((layer, index) => [layer, list[Math.min(index, list.length - 1)]!]);
  const solved = (): number[] => {
    const end = (lists.length + 1) * STEPS;
    const step = solveCount(
      method,
      context,
      (at) => countsOf(geometry.layers, visualTokens, stagesAt(listAt(lists, at, visualTokens))),
      end,
    );
    return listAt(lists, step, visualTokens);
  };
  const list =
    given !== null
      ? numberList(method, 'keeps', given, { integer: true })
      : budget.kind === 'native'
        ? lists.at(-1)!.map((count) => Math.round((count * visualTokens) / 576))
        : budget.kind === 'keepRatio'
          ? layers.map(() => shareCount(visualTokens, budget.value!))
          : solved();
  if (list.length < layers.length) {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Method ${method} cuts after ${layers.length} layers (${layers.join(',')}) but ${list.length} counts are given; give one for each`,
      { layers, keeps: list },
    );
  }
  return {
    ...parameters,
    layers: layers.join(','),
    keeps: list.slice(0, layers.length).join(','),
  };
}

/**
 * Counts of the cuts of a version.
 *
 * @param afterCut  rows after a cut of `rows` to `keep`
 */
export function sparsevlmCounts(afterCut: (rows: number, keep: number) => number): CountsOf {
  return (layers, visualTokens, stages) => {
    let rows = visualTokens;
    return stageCounts(
      layers,
      visualTokens,
      stages.map(([layer, keep]) => {
        rows = afterCut(rows, keep!);
        return { layer: layer! + 1, tokens: rows };
      }),
    );
  };
}

/** What the first layer shows: rows entering it, and the text among them. */
const VISUAL_EMBEDDINGS: SignalRequest = { kind: 'hidden', layer: -1, rows: 'visual' };
const TEXT_EMBEDDINGS: SignalRequest = { kind: 'text-embeddings' };
const RATER_SIGNALS: readonly SignalRequest[] = [VISUAL_EMBEDDINGS, TEXT_EMBEDDINGS];

/** Attention of the text in a layer, heads apart. */
export const attentionOf = (layer: number): SignalRequest => ({
  kind: 'attention',
  layer,
  rows: 'text',
  reduce: 'heads',
});

/** The layer where raters are found, and the layers of the cuts. */
export function sparsevlmSites(stages: readonly (readonly number[])[]): SiteRequest[] {
  return [
    { site: { kind: 'layer', layer: 0 }, signals: RATER_SIGNALS, observes: true },
    ...stages.map(([layer]) => ({
      site: { kind: 'layer' as const, layer: layer! },
      signals: [attentionOf(layer!)],
    })),
  ];
}

/** What a run remembers of the decoder's input. */
export interface RaterState {
  raters?: Int32Array;
  /** Place of every visual row that entered the decoder. */
  places?: ReadonlyMap<RowContent, number>;
}

/** Finds the raters once, on the embeddings that enter the decoder; decides nothing. */
export function observeRaters(
  state: RaterState,
  rows: TokenRows,
  signals: SignalReader,
  { raters }: SparsevlmSettings,
): undefined {
  const visual = signals.get(VISUAL_EMBEDDINGS);
  const text = signals.get(TEXT_EMBEDDINGS);
  const count = rows.contents.length;
  state.places = new Map(rows.contents.map((content, place) => [content, place]));
  if (count === 0) return;
  const width = visual.length / count;
  const all = Int32Array.from({ length: text.length / width }, (_, row) => row);
  state.raters =
    raters === 'all'
      ? all
      : sparsevlmRaters({ visual: { data: visual, width }, text: { data: text, width } }).raters;
}
