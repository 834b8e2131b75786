import type { Decision } from '../decision.js';
import { towerBlock } from '../geometry.js';
import type { CacheRows, Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import { mustdropFilter } from '../published/mustdrop-filter.js';
import { mustdropKeySet } from '../published/mustdrop-key-set.js';
import { mustdropSpatial } from '../published/mustdrop-spatial.js';
import { keepRows, type RowMap } from '../select/row-map.js';
import type { SignalRequest } from '../signal.js';
import type { RowContent, TokenRows } from '../token-rows.js';
import { requireBudgetKind } from '../wiring/budget-kinds.js';
import { HIDDEN, requireClassToken } from '../wiring/input-method.js';
import { stageLayers } from '../wiring/number-list.js';
import { stageCounts } from '../wiring/stages.js';
import { joinMaps, viewsOf } from '../wiring/views.js';

const NAME = 'mustdrop';

/** Thresholds published for 192 of 576 tokens: shares of the attention, so they grow as tokens get fewer. */
const PUBLISHED_THRESHOLD = 0.001;

interface Settings {
  readonly global: number;
  readonly individual: number;
  readonly layers: string;
  readonly similarity: number;
  readonly keyShare: number;
}

const attentionOf = (layer: number): SignalRequest => ({
  kind: 'attention',
  layer,
  rows: 'text',
  reduce: 'heads',
});

/** What of every layer's cache stays: from the first stage to the last, what survived all of them. */
function cacheMaps(
  cache: CacheRows,
  survivors: ReadonlySet<RowContent>,
  stages: readonly number[],
  heads: number,
): RowMap[][] {
  return cache.map((contents, layer) => {
    const cut = layer >= stages[0]! && layer <= stages.at(-1)!;
    const kept = contents.flatMap((content, row) =>
      !cut || content === null || survivors.has(content) ? [row] : [],
    );
    const map = keepRows(contents.length, kept);
    return Array.from({ length: heads }, () => map);
  });
}

function startRun(parameters: ParameterValues, context: PromptContext): MethodRun {
  const { global, individual, layers, similarity, keyShare } = parameters as unknown as Settings;
  const tower = requireClassToken(NAME, context);
  const { geometry, textTokens } = context;
  const stages = layers.split(',').map(Number);
  const keyAttention: SignalRequest = { kind: 'saliency', layer: towerBlock(23, tower) };
  const side = Math.max(1, Math.round((3 * tower.columns) / 24));
  const keySet = new Set<RowContent>();

  const spatial = (rows: TokenRows, views: ReturnType<typeof viewsOf>): RowMap =>
    joinMaps(
      rows.contents.length,
      views.map((view) => ({
        view,
        map: mustdropSpatial(view.matrix(HIDDEN), {
          columns: tower.columns,
          threshold: similarity,
          window: [side, side],
        }).map,
      })),
    );

  return {
    sites: [
      // A window of one patch merges nothing.
      ...(side > 1 ? [{ site: { kind: 'vision' as const, block: 0 }, signals: [HIDDEN] }] : []),
      { site: { kind: 'vision', block: 'output' }, signals: [keyAttention], observes: true },
      ...stages.map((layer) => ({
        site: { kind: 'layer' as const, layer },
        signals: [attentionOf(layer)],
      })),
      { site: { kind: 'cache', moment: 'prefill' }, signals: [] },
    ],
    decide: (site, { rows, signals, cache }): Decision | undefined => {
      if (site.kind === 'vision') {
        const views = viewsOf(rows, signals, 'tile');
        if (site.block !== 'output') return spatial(rows, views);
        for (const view of views) {
          const { data } = view.matrix(keyAttention);
          for (const patch of mustdropKeySet({ data, heads: 1, rows: 1 }, { rate: keyShare })) {
            keySet.add(rows.contents[view.rows[patch + 1]!]!);
          }
        }
        return undefined;
      }
      const count = rows.contents.length;
      if (site.kind === 'cache') {
        const survivors = new Set(rows.contents);
        const heads = geometry.keyValueHeads;
        return { kind: 'cache-map', layers: cacheMaps(cache ?? [], survivors, stages, heads) };
      }
      if (site.kind !== 'layer') return undefined;
      const attention = {
        data: signals.get(attentionOf(site.layer)),
        heads: geometry.heads,
        rows: textTokens,
      };
      const protectedRows = rows.contents.flatMap((content, row) =>
        keySet.has(content) ? [row] : [],
      );
      const { kept } = mustdropFilter(attention, { global, individual, keySet: protectedRows });
      return keepRows(count, kept);
    },
    report: () => ({ parameters }),
  };
}

/** MustDrop: like patches merged in the tower, a double filter in stages, and the cache cut to what is left. */
export const mustdrop: Method = {
  name: NAME,
  title: 'MustDrop: three stages from the tower to the cache',
  paper:
    'Liu et al., Multi-Stage Vision Token Dropping: Towards Efficient Multimodal Large Language Model, 2024, arXiv 2411.10803',
  repository: 'https://github.com/liuting20/MustDrop',
  licence: 'no licence file; Apache-2.0 in file headers',
  sites: ['vision', 'layer', 'cache'],
  signals: [
    'states of the first tower block',
    'CLS attention of the last tower block',
    'attention of the text rows to the visual keys in the layers of the stages',
  ],
  positions: 'renumber',
  order: 'spatial',
  questionDependent: true,
  adaptive: true,
  budgets: ['native'],
  parameters: [
    {
      name: 'global',
      type: 'number',
      min: 0,
      default: null,
      description:
        'Least share of all attention to the picture; 0.001 · 576 / N when not given (published for 192 of 576; 0.0012 for 128, 0.011 for 64)',
    },
    {
      name: 'individual',
      type: 'number',
      min: 0,
      default: null,
      description:
        'Least attention of one text row; 0.001 · 576 / N when not given (published for 192 and 128; 0.01 for 64)',
    },
    {
      name: 'layers',
      type: 'string',
      default: null,
      description: 'The filter acts after these layers; 2,6,10,14 of 32 when not given',
    },
    {
      name: 'similarity',
      type: 'number',
      min: -1,
      max: 1,
      default: 0.8,
      description: 'Least mean cosine of a window of patches that is merged (LightCompress: 0.6)',
    },
    {
      name: 'keyShare',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.08,
      description: 'Share of the tokens with most CLS attention that is never dropped',
    },
  ],
  resolve: (parameters, context) => {
    requireBudgetKind(
      mustdrop,
      context,
      'how many tokens pass its thresholds is up to the picture; set global and individual instead',
    );
    const mapped = context.reference
      ? PUBLISHED_THRESHOLD
      : (PUBLISHED_THRESHOLD * 576) / context.visualTokens;
    const layers = stageLayers(NAME, parameters.layers as string | null, [2, 6, 10, 14], context);
    return {
      ...parameters,
      global: parameters.global ?? mapped,
      individual: parameters.individual ?? mapped,
      layers: layers.join(','),
    };
  },
  // Of the published settings; a run counts for itself.
  simulate: (parameters, { geometry, visualTokens }) =>
    stageCounts(geometry.layers, visualTokens, [
      {
        layer: Number((parameters as unknown as Settings).layers.split(',')[0]) + 1,
        tokens: Math.max(1, Math.round(visualTokens / 3)),
      },
    ]),
  start: startRun,
};
