import { AutopruneError } from '../errors.js';
import type { Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import { tome as merge } from '../published/tome.js';
import { singleCutCounts } from '../schedule/solve-count.js';
import type { SignalRequest } from '../signal.js';
import { requireTower } from '../wiring/input-method.js';
import {
  type KeepSettings,
  keepCount,
  keepParameters,
  resolveKeep,
} from '../wiring/keep-budget.js';
import { joinMaps, shareOut, viewsOf } from '../wiring/views.js';

const NAME = 'tome';

/** Tokens that a block removes with the native budget, of 576 (LightCompress). */
const PUBLISHED_REMOVAL = 16;

/**
 * Tokens to remove in every block so that `keep` of `patches` are left: as equal as whole numbers allow, more in the
 * first blocks. A block removes half of its tokens at most; what it cannot, later ones do.
 */
function removals(patches: number, keep: number, blocks: number): number[] {
  let left = patches;
  return Array.from({ length: blocks }, (_, block) => {
    const wanted = Math.ceil((left - keep) / (blocks - block));
    const removed = Math.max(0, Math.min(wanted, Math.floor(left / 2)));
    left -= removed;
    return removed;
  });
}

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { blocks, columns } = shapeOf(context);
  const patches = columns ** 2;
  const tiles = Math.max(1, Math.round(context.visualTokens / patches));
  const removed = Math.round((PUBLISHED_REMOVAL * patches) / 576) * blocks;
  const native = Math.max(1, patches - removed) * tiles;
  const resolved = resolveKeep(NAME, parameters, context, { layer: 0, native });
  const least = Math.ceil(patches / 2 ** blocks) * tiles;
  if ((resolved.keep as number) < least) {
    throw new AutopruneError(
      'BUDGET_UNREACHABLE',
      `Method ${NAME} would keep ${resolved.keep} tokens, but its ${blocks} blocks halve ${patches} to ${least} at best; ask for at least that`,
      { method: NAME, keep: resolved.keep, least },
    );
  }
  return resolved;
}

function shapeOf(context: PromptContext): { blocks: number; columns: number; heads: number } {
  const { featureBlock, columns, heads } = requireTower(NAME, context);
  return { blocks: featureBlock + 1, columns, heads };
}

/** Mean over heads of keys [rows, heads · width]: float32 [rows, width]. */
function headMean(data: Float32Array, rowWidth: number, heads: number): Float32Array {
  const width = rowWidth / heads;
  return Float32Array.from({ length: data.length / heads }, (_, index) => {
    const start = Math.floor(index / width) * rowWidth + (index % width);
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[start + head * width]!;
    return sum / heads;
  });
}

function startRun(parameters: ParameterValues, context: PromptContext): MethodRun {
  const { blocks, heads } = shapeOf(context);
  const classToken = requireTower(NAME, context).classToken;
  const keysOf = (layer: number): SignalRequest => ({ kind: 'tower-keys', layer });
  /** Tokens to remove from every tile in every block. */
  let plan: number[][] | undefined;
  return {
    sites: Array.from({ length: blocks }, (_, block) => ({
      site: { kind: 'vision' as const, block },
      signals: [keysOf(block)],
    })),
    decide: (site, { rows, signals }) => {
      if (site.kind !== 'vision' || site.block === 'output') return undefined;
      const block = site.block;
      const views = viewsOf(rows, signals, 'tile');
      const own = Number(classToken);
      if (!plan) {
        const shown = rows.contents.filter(({ kind }) => kind === 'patch').length;
        const keeps = shareOut(keepCount(parameters as unknown as KeepSettings, shown), views);
        plan = views.map((view, tile) =>
          removals(view.rows.length - own, Math.max(1, keeps[tile]!), blocks),
        );
      }
      const parts = views.map((view, tile) => {
        const { data, width } = view.matrix(keysOf(block));
        const metric = { data: headMean(data, width, heads), width: width / heads };
        const sizes = Float32Array.from(view.rows, (row) => rows.sizes[row]!);
        const remove = plan![tile]![block]!;
        return { view, map: merge({ metric, sizes }, { remove, classToken }, context.kernels).map };
      });
      return joinMaps(rows.contents.length, parts);
    },
    report: () => ({ parameters }),
  };
}

/** ToMe: similar tokens are merged in every block of the tower. */
export const tome: Method = {
  name: NAME,
  title: 'ToMe: merging inside the tower',
  paper: 'Bolya et al., Token Merging: Your ViT But Faster, ICLR 2023, arXiv 2210.09461',
  repository: 'https://github.com/facebookresearch/ToMe',
  licence: 'CC-BY-NC-4.0 for the published code; written from the paper',
  sites: ['vision'],
  signals: ['keys of every tower block that runs'],
  positions: 'keep',
  order: 'score',
  questionDependent: false,
  adaptive: false,
  parameters: keepParameters('those that 16 a block of 576 leave'),
  resolve,
  simulate: (parameters, { geometry, visualTokens }) =>
    singleCutCounts(geometry.layers, visualTokens, 0, parameters.keep as number),
  start: startRun,
};
