import type { PromptContext } from '../method.js';
import type { TokenGrid } from '../published/mean-pooling.js';
import { rowsByKey } from '../select/rows-by-key.js';

/** Token indices of every tile, in order of first appearance; rows that end a line of the picture belong to none. */
function tokensOfTiles({ places = [] }: PromptContext): number[][] {
  return rowsByKey(
    places.map(({ image, tile, endsRow }) => (endsRow ? undefined : `${image}:${tile}`)),
  );
}

/** A tile of `columns` at most. Its first line ends where its tokens stop to follow one another, or with the full line. */
function shapeOf(tokens: readonly number[], columns: number): TokenGrid {
  const gap = tokens.findIndex((token, index) => token !== tokens[0]! + index);
  const line = gap > 0 ? gap : Math.min(tokens.length, columns);
  return { rows: tokens.length / line, columns: line };
}

/**
 * Tokens of every tile that enters the decoder, as a grid, in the order of the views of tiles: whole tiles of the tower
 * where the prompt does not say how a picture was cut.
 */
export function tileShapes(context: PromptContext): TokenGrid[] {
  const side = context.tower?.columns ?? Math.sqrt(context.visualTokens);
  const tiles = tokensOfTiles(context);
  if (tiles.length > 0) return tiles.map((tokens) => shapeOf(tokens, side));
  const count = Math.max(1, Math.round(context.visualTokens / side ** 2));
  return Array.from({ length: count }, () => ({ rows: side, columns: side }));
}
