import { AutopruneError } from '../errors.js';
import { meanPooling as pool, type TokenGrid } from '../published/mean-pooling.js';
import { inputMethod, requireTower } from '../wiring/input-method.js';
import { tileShapes } from '../wiring/tile-shapes.js';
import { shareBySize } from '../wiring/views.js';

/**
 * A grid of at most `keep` cells in the shape of a tile, as near to `keep` as whole lines allow: for a square one of sides
 * that differ by one at most.
 */
function poolGrid(keep: number, tile: TokenGrid): TokenGrid {
  const shape = tile.columns / tile.rows;
  const rows = Math.max(1, Math.min(Math.floor(Math.sqrt(keep / shape)), tile.rows));
  const widest = Math.max(1, Math.floor((rows + 1) * shape));
  const columns = Math.max(1, Math.min(Math.floor(keep / rows), widest, tile.columns));
  return { rows, columns };
}

const cellsOf = ({ rows, columns }: TokenGrid): number => rows * columns;

/** Mean pooling of every tile to a smaller grid. */
export const meanPooling = /* @__PURE__ */ inputMethod({
  name: 'mean-pooling',
  title: 'Mean pooling of the grid',
  paper:
    'Peng et al., UniPruneBench: Can Visual Input Be Compressed? A Visual Token Compression Benchmark for Large Multimodal Models, 2025, arXiv 2511.02650',
  repository: 'https://github.com/TianfanPeng/VLMUniPruneBench',
  licence: 'none for the published code; written from the description',
  signals: ['projected features, to be averaged'],
  order: 'spatial',
  native: { text: '16 a tile', count: () => 16 },
  outputs: (keep, context) => {
    const tiles = tileShapes(context);
    const cells = shareBySize(keep, tiles.map(cellsOf)).map((count, index) =>
      count === 0 ? 0 : cellsOf(poolGrid(count, tiles[index]!)),
    );
    return cells.reduce((sum, count) => sum + count, 0);
  },
  requests: (_, context) => {
    requireTower('mean-pooling', context);
    return [];
  },
  select: (view, { keep, index, context }) => {
    const tile = tileShapes(context)[index];
    const tokens = view.rows.length;
    if (!tile || cellsOf(tile) !== tokens) {
      throw new AutopruneError(
        'SIGNAL_UNSUPPORTED',
        `Mean pooling needs the whole grid of a tile, but tile ${index + 1} has ${tokens} tokens of ${tile ? cellsOf(tile) : 'none'}: another method cut it before. Put mean-pooling first`,
        { tile: index, tokens, grid: tile },
      );
    }
    return pool(tile, poolGrid(keep, tile));
  },
});
