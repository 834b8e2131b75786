import { AutopruneError } from '../errors.js';
import { meanPooling as pool } from '../published/mean-pooling.js';
import { inputMethod, requireTower } from '../wiring/input-method.js';

/** The largest grid of at most `keep` cells whose sides differ by one at most. */
function poolGrid(keep: number, side: number): { rows: number; columns: number } {
  const rows = Math.min(Math.floor(Math.sqrt(keep)), side);
  const columns = Math.min(rows * (rows + 1) <= keep ? rows + 1 : rows, side);
  return { rows, columns };
}

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
  outputs: (keep, { visualTokens, tower }) => {
    const tile = (tower?.columns ?? Math.sqrt(visualTokens)) ** 2;
    const tiles = Math.max(1, Math.round(visualTokens / tile));
    const { rows, columns } = poolGrid(keep / tiles, Math.sqrt(tile));
    return rows * columns * tiles;
  },
  requests: (_, context) => {
    requireTower('mean-pooling', context);
    return [];
  },
  select: (view, { keep, context }) => {
    const side = requireTower('mean-pooling', context).columns;
    if (view.rows.length !== side * side) {
      throw new AutopruneError(
        'SIGNAL_UNSUPPORTED',
        `Mean pooling needs whole tiles of ${side} × ${side} tokens, but one here has ${view.rows.length}: the picture was cut to its own shape. Use --reference, which leaves tiles whole, or another method`,
        { tokens: view.rows.length, side },
      );
    }
    return pool({ rows: side, columns: side }, poolGrid(Math.max(1, keep), side));
  },
});
