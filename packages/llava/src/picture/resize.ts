import { AutopruneError, requireNumber } from '@autoprune/core';
import type { PictureKernels } from '@autoprune/kernels';
import type { Extent, Region, RgbPicture } from './picture.js';
import { pictureRows } from './pixel-rows.js';
import { resampleWindow } from './resample-window.js';
import type { ResizeFilter } from './resize-filter.js';

function requireInside(crop: Region, size: Extent): void {
  for (const [name, start, length, limit] of [
    ['columns', crop.left, crop.width, size.width],
    ['rows', crop.top, crop.height, size.height],
  ] as const) {
    if (
      ![start, length].every(Number.isInteger) ||
      start < 0 ||
      length < 1 ||
      start + length > limit
    ) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected crop ${name} inside [0, ${limit}) but received ${length} from ${start}`,
        { crop, size },
      );
    }
  }
}

/**
 * Resizes a picture to the same bytes as Pillow's `Image.resize((width, height), filter)`
 * (compared with Pillow 13, mode RGB and L).
 *
 * @param picture  RGB, or any 1 to 4 interleaved channels that need no premultiplying; read only
 * @param width  pixels of the whole output, ≥ 1
 * @param height  the same, downwards
 * @param filter  by Pillow's name; LLaVA uses `bicubic`
 * @param crop  region of the output to compute; the same bytes as cropping the whole output, but nothing
 *   outside is computed or stored. Default: all of it
 * @param kernels  of `loadKernels`, for the same bytes sooner. Default: TypeScript
 * @returns the picture of `crop`, with the channels of the input
 * @throws ARGUMENT_INVALID for sizes below 1, a crop outside the output, or data of the wrong length
 */
export function resizePicture(
  picture: RgbPicture,
  width: number,
  height: number,
  filter: ResizeFilter,
  crop: Region = { left: 0, top: 0, width, height },
  kernels?: PictureKernels,
): RgbPicture {
  requireNumber('width', width, { min: 1, integer: true });
  requireNumber('height', height, { min: 1, integer: true });
  requireInside(crop, { width, height });
  const data = resampleWindow(pictureRows(picture), { width, height }, filter, crop, kernels);
  return { width: crop.width, height: crop.height, data };
}
