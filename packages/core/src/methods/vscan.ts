import { towerBlock } from '../geometry.js';
import type { Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import type { TokenGrid } from '../published/mean-pooling.js';
import { vscan as select, windowsOf } from '../published/vscan.js';
import { solveCount } from '../schedule/solve-count.js';
import type { SignalRequest } from '../signal.js';
import { HIDDEN, requireClassToken, SALIENCY } from '../wiring/input-method.js';
import { stageCounts } from '../wiring/stages.js';
import { tileShapes } from '../wiring/tile-shapes.js';
import { joinMaps, shareBySize, shareOut, viewsOf } from '../wiring/views.js';

const NAME = 'vscan';

/** Patches on a side of a window on the published grid of 24. */
const PUBLISHED_WINDOW = 6;

interface Settings {
  readonly keep: number;
  readonly keepAfter: number;
  readonly layer: number;
  readonly localRatio: number;
  readonly fill: boolean;
}

/** Side of a window: 6 of 24, mapped to other grids. */
const windowOf = (columns: number): number =>
  Math.max(1, Math.round((PUBLISHED_WINDOW * columns) / 24));

/** Tokens that a tile keeps of `keep`: windows get equal whole numbers, but none more than it has. */
function keptOfTile(tile: TokenGrid, keep: number, window: number, localRatio: number): number {
  const windows = windowsOf(tile.rows * tile.columns, tile.columns, window);
  const local = Math.trunc(keep * localRatio);
  const share = Math.floor(local / windows.length);
  const picked = windows.reduce((sum, { length }) => sum + Math.min(share, length), 0);
  return picked + keep - local;
}

/** Tokens that the first stage really keeps. */
function firstStage({ keep, localRatio, fill }: Settings, context: PromptContext): number {
  const tiles = tileShapes(context);
  const keeps = shareBySize(
    keep,
    tiles.map(({ rows, columns }) => rows * columns),
  );
  const window = windowOf(context.tower?.columns ?? 24);
  const kept = keeps.map((count, index) =>
    fill ? count : keptOfTile(tiles[index]!, count, window, localRatio),
  );
  return kept.reduce((sum, count) => sum + count, 0);
}

const stagesOf = (settings: Settings, context: PromptContext) => {
  const first = firstStage(settings, context);
  return [
    { layer: 0, tokens: first },
    { layer: settings.layer, tokens: Math.min(settings.keepAfter, first) },
  ];
};

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const { layer, localRatio } = parameters as unknown as Settings;
  const fill = (parameters.fill ?? (parameters.keep === null && !context.reference)) as boolean;
  // The published pairs are 3 : 1, the mean of which is the budget: 96 and 32 for 64. Where the first would be above all
  // tokens, the second makes up for it.
  const pairFor = (tokens: number): Settings => {
    const first = Math.min(visualTokens, Math.round(1.5 * tokens));
    const second = first < visualTokens ? Math.round(0.5 * tokens) : 2 * tokens - visualTokens;
    return { keep: first, keepAfter: Math.max(1, second), layer, localRatio, fill };
  };
  const tokens =
    budget.kind === 'native'
      ? Math.max(1, Math.trunc((visualTokens * 64) / 576))
      : solveCount(NAME, context, (count) =>
          stageCounts(geometry.layers, visualTokens, stagesOf(pairFor(count), context)),
        );
  const pair = pairFor(tokens);
  const keep = (parameters.keep ?? pair.keep) as number;
  return {
    layer,
    localRatio,
    fill,
    keep: Math.min(keep, visualTokens),
    keepAfter:
      parameters.keepAfter ??
      (parameters.keep === null ? pair.keepAfter : Math.max(1, Math.round(keep / 3))),
  };
}

function startRun(parameters: ParameterValues, context: PromptContext): MethodRun {
  const settings = parameters as unknown as Settings;
  const tower = requireClassToken(NAME, context);
  const shallow: SignalRequest = { kind: 'saliency', layer: towerBlock(5, tower) };
  const ahead: SignalRequest = {
    kind: 'attention',
    layer: settings.layer,
    rows: 'last',
    reduce: 'mean',
  };
  const attention = (data: Float32Array) => ({ data, heads: 1, rows: 1 });
  return {
    sites: [
      { site: { kind: 'input' }, signals: [HIDDEN, SALIENCY, shallow] },
      {
        site: { kind: 'layer', layer: settings.layer - 1 },
        signals: [],
        ruleSignals: [ahead],
      },
    ],
    decide: (site, { rows, signals }) => {
      if (site.kind === 'layer') {
        const score = [{ signal: ahead }];
        return { kind: 'rule', score, keep: settings.keepAfter, order: 'spatial' };
      }
      const views = viewsOf(rows, signals, 'tile');
      const keeps = shareOut(settings.keep, views);
      const tiles = tileShapes(context);
      return joinMaps(
        rows.contents.length,
        views.map((view, index) => ({
          view,
          map: select(
            {
              features: view.matrix(HIDDEN),
              shallow: attention(view.matrix(shallow).data),
              deep: attention(view.matrix(SALIENCY).data),
            },
            {
              keep: keeps[index]!,
              columns: tiles[index]?.columns ?? tower.columns,
              window: windowOf(tower.columns),
              localRatio: settings.localRatio,
              fill: settings.fill,
            },
            context.kernels,
          ).map,
        })),
      );
    },
    report: () => ({ parameters }),
  };
}

/** VScan: local and global tokens before the decoder, and one cut inside it. */
export const vscan: Method = {
  name: NAME,
  title: 'VScan: local and global scan, one cut inside',
  paper:
    'Zhang et al., VScan: Rethinking Visual Token Reduction for Efficient Large Vision-Language Models, TMLR 2026, arXiv 2505.22654',
  repository: 'https://github.com/Tencent/SelfEvolvingAgent',
  licence: 'MIT',
  sites: ['input', 'layer'],
  signals: [
    'CLS attention of two tower blocks',
    'projected features',
    'attention of the last prompt row in one layer, ahead of its run',
  ],
  positions: 'renumber',
  order: 'spatial',
  questionDependent: true,
  adaptive: false,
  parameters: [
    {
      name: 'keep',
      type: 'integer',
      min: 1,
      default: null,
      setsBudget: true,
      description:
        'Visual tokens that enter the decoder; from the budget when not given, 96 of 576 with the native budget',
    },
    {
      name: 'keepAfter',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description: 'Visual tokens after the cut in the decoder; a third of keep when not given',
    },
    {
      name: 'layer',
      type: 'integer',
      min: 1,
      default: 16,
      isLayer: true,
      description: 'The cut in the decoder is before this layer',
    },
    {
      name: 'localRatio',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.5,
      description: 'Share of keep that is shared out over windows of the picture',
      aliases: ['local_ratio'],
    },
    {
      name: 'fill',
      type: 'boolean',
      default: null,
      description:
        'Whether the global picks make up for what the windows cannot share out; yes where keep follows from a budget',
    },
  ],
  resolve,
  simulate: (parameters, context) =>
    stageCounts(
      context.geometry.layers,
      context.visualTokens,
      stagesOf(parameters as unknown as Settings, context),
    ),
  start: startRun,
};
