import type { TokenPlace } from '@autoprune/core';
import type { Extent } from '../picture/picture.js';
import { unpadGrid } from '../picture/unpad-grid.js';

/** What a packed token is made of, where it is no token of a tile. */
const NEWLINE = -1;

/** A rectangle of tokens that shows a part of the picture, for drawings. */
export interface TokenView {
  readonly columns: number;
  readonly rows: number;
  /** First token, and tokens from one row to the next. */
  readonly first: number;
  readonly stride: number;
}

/** How the tokens of a picture's tiles follow one another in the prompt. */
export interface TokenPacking {
  /** int32 [tokens]: index of a tile's token (tile · tokens of a tile + token), or {@link NEWLINE}. */
  readonly sources: Int32Array;
  /** Tile and row of each token; `image` is filled in by the prompt. */
  readonly places: readonly Omit<TokenPlace, 'image'>[];
  readonly views: readonly TokenView[];
}

/** The packing of a picture that is one tile. */
export function singleTilePacking(tokens: number, grid: number): TokenPacking {
  return {
    sources: Int32Array.from({ length: tokens }, (_, token) => token),
    places: Array.from({ length: tokens }, () => ({ tile: 0 })),
    views: [{ columns: grid, rows: grid, first: tokens - grid * grid, stride: grid }],
  };
}

/**
 * LLaVA-NeXT's packing: the whole picture's tile, then the grid of tiles as one raster. With `unpad` the raster is cut
 * to the picture and each of its rows ends in a newline (transformers' `pack_image_features`); with `spatial` neither
 * (what the published AutoPrune does).
 *
 * @param picture  pixels of the picture
 * @param tiles  columns and rows of tiles in the grid
 * @param grid  patches on a side of a tile
 */
export function anyresPacking(
  picture: Extent,
  tiles: { readonly columns: number; readonly rows: number },
  grid: number,
  packing: 'unpad' | 'spatial',
): TokenPacking {
  const perTile = grid * grid;
  const raster = { columns: tiles.columns * grid, rows: tiles.rows * grid };
  const shown = packing === 'unpad' ? unpadGrid(picture, raster) : { top: 0, left: 0, ...raster };
  const sources: number[] = Array.from({ length: perTile }, (_, token) => token);
  const places: Omit<TokenPlace, 'image'>[] = sources.map(() => ({ tile: 0 }));
  for (let row = shown.top; row < shown.top + shown.rows; row++) {
    const start = sources.length;
    for (let column = shown.left; column < shown.left + shown.columns; column++) {
      const tile = 1 + Math.floor(row / grid) * tiles.columns + Math.floor(column / grid);
      sources.push(tile * perTile + (row % grid) * grid + (column % grid));
      places.push({ tile });
    }
    if (packing === 'unpad') {
      const { tile } = places.at(-1)!;
      places.push({ tile, endsRow: [start, sources.length] });
      sources.push(NEWLINE);
    }
  }
  const stride = shown.columns + (packing === 'unpad' ? 1 : 0);
  return {
    sources: Int32Array.from(sources),
    places,
    views: [
      { columns: grid, rows: grid, first: 0, stride: grid },
      { columns: shown.columns, rows: shown.rows, first: perTile, stride },
    ],
  };
}

/**
 * Features of tiles in prompt order: `tokens` themselves where they are in it already.
 *
 * @param tokens  float32 [tiles · tokens of a tile, width]
 * @param newline  float32 [width], for packings that have newlines
 */
export function packTokens(
  packing: TokenPacking,
  tokens: Float32Array,
  width: number,
  newline: Float32Array | undefined,
): Float32Array {
  const { sources } = packing;
  if (sources.length * width === tokens.length && sources.every((source, at) => source === at)) {
    return tokens;
  }
  const out = new Float32Array(sources.length * width);
  sources.forEach((source, token) => {
    const row =
      source === NEWLINE ? newline! : tokens.subarray(source * width, (source + 1) * width);
    out.set(row, token * width);
  });
  return out;
}

/** Saliency in prompt order; a newline takes the highest of its row. Tiles are compared as they are. */
export function packSaliency(packing: TokenPacking, saliency: Float32Array): Float32Array {
  const out = Float32Array.from(packing.sources, (source) =>
    source === NEWLINE ? 0 : saliency[source]!,
  );
  packing.places.forEach(({ endsRow }, token) => {
    if (endsRow) {
      // The rows of a picture of few pixels across may have no token at all.
      out[token] = out.subarray(endsRow[0], endsRow[1]).reduce((a, b) => Math.max(a, b), 0);
    }
  });
  return out;
}

/**
 * Rows of a tower signal in prompt order; a newline has zeros.
 *
 * @param values  float32 [tiles · tile.rows, width], CLS first in each tile
 * @param tile  rows of a tile in the tower, and how many of them, its last ones, are tokens
 */
export function packRows(
  packing: TokenPacking,
  values: Float32Array,
  width: number,
  tile: { readonly rows: number; readonly tokens: number },
): Float32Array {
  const out = new Float32Array(packing.sources.length * width);
  packing.sources.forEach((source, token) => {
    if (source === NEWLINE) return;
    const row =
      Math.floor(source / tile.tokens) * tile.rows +
      (source % tile.tokens) +
      (tile.rows - tile.tokens);
    out.set(values.subarray(row * width, (row + 1) * width), token * width);
  });
  return out;
}
