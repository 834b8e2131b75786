import { AutopruneError } from '@autoprune/core';
import type { PictureKernels } from '@autoprune/kernels';
import { type GridChoice, selectBestResolution } from './best-resolution.js';
import { processClip } from './clip-processor.js';
import type { ClipProcessorConfig } from './clip-processor-config.js';
import type { Extent, Region, RgbPicture } from './picture.js';
import { pictureRows } from './pixel-rows.js';
import { composePlacements, type Placement } from './placement.js';
import { resampleWindow } from './resample-window.js';

/** A picture cut into tiles for LLaVA-NeXT. */
export interface AnyresPicture extends Extent {
  /** uint8 [3, height, width] each: the whole picture first, then the grid row by row. */
  readonly tiles: readonly Uint8Array[];
  /** From pixels of the original picture to pixels of each tile, in tile order. */
  readonly placements: readonly Placement[];
  readonly grid: { readonly columns: number; readonly rows: number };
  /** Pixels of the chosen grid; columns and rows times the tile. */
  readonly resolution: Extent;
}

/** The picture inside a grid of `resolution`: as large as fits, rounded up, centred. */
function fitInside(picture: Extent, resolution: Extent): Region {
  const scaleX = resolution.width / picture.width;
  const scaleY = resolution.height / picture.height;
  const size =
    scaleX < scaleY
      ? {
          width: resolution.width,
          height: Math.min(Math.ceil(picture.height * scaleX), resolution.height),
        }
      : {
          width: Math.min(Math.ceil(picture.width * scaleY), resolution.width),
          height: resolution.height,
        };
  return {
    ...size,
    left: Math.floor((resolution.width - size.width) / 2),
    top: Math.floor((resolution.height - size.height) / 2),
  };
}

function requireWholeTiles(resolution: Extent, tile: number): void {
  if (resolution.width % tile !== 0 || resolution.height % tile !== 0) {
    throw new AutopruneError(
      'PROCESSOR_INVALID',
      `image_grid_pinpoints has ${resolution.height} × ${resolution.width}, which is not whole tiles of crop_size ${tile}; use the processor file of the checkpoint`,
      { resolution, tile },
    );
  }
}

/**
 * LlavaNextImageProcessor (the slow one, on Pillow), which does what LLaVA's own `process_anyres_image` does:
 * tile 0 is the whole picture squeezed to a square; for the others it is resized to fit the best grid,
 * centred on black and cut. Every tile then goes through {@link processClip}, which leaves a tile of the
 * configured size alone.
 *
 * Not copied: where the resized picture is 1 or 3 rows high, transformers takes it for channels-first when
 * it pads, and returns noise.
 *
 * @param config  its shortest edge (or smaller side) is the square of tile 0, its crop height the grid's tile
 * @param pinpoints  sizes in pixels, in file order
 * @throws PROCESSOR_INVALID when the grid is not whole tiles
 */
export function processAnyres(
  picture: RgbPicture,
  config: ClipProcessorConfig,
  pinpoints: readonly Extent[],
  options: { readonly gridChoice?: GridChoice; readonly kernels?: PictureKernels | undefined } = {},
): AnyresPicture {
  const source = pictureRows(picture);
  const tile = config.cropSize.height;
  const base =
    'shortestEdge' in config.size
      ? config.size.shortestEdge
      : Math.min(config.size.width, config.size.height);
  const resolution = selectBestResolution(picture, pinpoints, options.gridChoice);
  requireWholeTiles(resolution, tile);
  const fitted = fitInside(picture, resolution);
  const grid = { columns: resolution.width / tile, rows: resolution.height / tile };

  const tiles: Uint8Array[] = [];
  const placements: Placement[] = [];
  let shape: Extent = config.cropSize;
  const addTile = (size: Extent, window: Region) => {
    const data = resampleWindow(source, size, config.resample, window, options.kernels);
    const placement = {
      scaleX: size.width / picture.width,
      scaleY: size.height / picture.height,
      offsetX: -window.left,
      offsetY: -window.top,
    };
    const cropped = { width: window.width, height: window.height, data };
    const processed = processClip(cropped, config, options.kernels);
    shape = { width: processed.width, height: processed.height };
    tiles.push(processed.data);
    placements.push(composePlacements(placement, processed.placement));
  };

  const square = { width: base, height: base };
  addTile(square, { left: 0, top: 0, ...square });
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const left = column * tile - fitted.left;
      const top = row * tile - fitted.top;
      addTile(fitted, { left, top, width: tile, height: tile });
    }
  }
  return { ...shape, tiles, placements, grid, resolution };
}
