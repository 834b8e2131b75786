import type { PictureKernels } from '@autoprune/kernels';
import type { ClipProcessorConfig } from './clip-processor-config.js';
import type { Extent, RgbPicture } from './picture.js';
import { type PixelRows, pictureRows } from './pixel-rows.js';
import type { Placement } from './placement.js';
import { resampleWindow } from './resample-window.js';
import { squareRows } from './square-rows.js';

/** A picture as the vision tower takes it, still in bytes. */
export interface ProcessedPicture extends Extent {
  /** uint8 [3, height, width]; `toPixelValues` turns it into float32. */
  readonly data: Uint8Array;
  /** From pixels of the original picture to pixels of this one. */
  readonly placement: Placement;
}

/**
 * The size of a picture after `size` is applied. With a shortest edge the longer side is truncated, not
 * rounded, as in transformers' `get_resize_output_image_size`.
 */
export function resizedSize(picture: Extent, size: ClipProcessorConfig['size']): Extent {
  if (!('shortestEdge' in size)) return size;
  const { width, height } = picture;
  const short = size.shortestEdge;
  const long = Math.trunc((short * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

/** uint8 [pixels, 3] → uint8 [3, pixels]. */
function toPlanes(interleaved: Uint8Array): Uint8Array {
  const pixels = interleaved.length / 3;
  const planes = new Uint8Array(interleaved.length);
  for (let pixel = 0, from = 0; pixel < pixels; pixel++) {
    planes[pixel] = interleaved[from++]!;
    planes[pixels + pixel] = interleaved[from++]!;
    planes[2 * pixels + pixel] = interleaved[from++]!;
  }
  return planes;
}

/** Resizes and crops rows of RGB; only the pixels of the crop are computed. */
function processRows(
  rows: PixelRows,
  config: ClipProcessorConfig,
  kernels?: PictureKernels,
): ProcessedPicture {
  const resized = config.doResize ? resizedSize(rows, config.size) : rows;
  const { width, height } = config.doCenterCrop ? config.cropSize : resized;
  // One rule for both cases of transformers' center_crop: where the crop is larger, the floor of the negative
  // half difference is minus the ceiling that it pads with zeros.
  const left = Math.floor((resized.width - width) / 2);
  const top = Math.floor((resized.height - height) / 2);
  const crop = { left, top, width, height };
  const window = resampleWindow(rows, resized, config.resample, crop, kernels);
  const placement = {
    scaleX: resized.width / rows.width,
    scaleY: resized.height / rows.height,
    offsetX: -left,
    offsetY: -top,
  };
  return { width, height, data: toPlanes(window), placement };
}

/**
 * CLIPImageProcessor (the slow one, on Pillow): resize by the shortest edge, crop the centre, black where the
 * crop is larger than the picture.
 *
 * @param kernels  of `loadKernels`, for the same bytes sooner. Default: TypeScript
 */
export function processClip(
  picture: RgbPicture,
  config: ClipProcessorConfig,
  kernels?: PictureKernels,
): ProcessedPicture {
  return processRows(pictureRows(picture), config, kernels);
}

/**
 * LLaVA's `image_aspect_ratio: "pad"`: the picture is first centred in a square of the mean colour
 * (trunc(mean · 255)), then processed as by {@link processClip}.
 *
 * @param kernels  as for {@link processClip}
 */
export function processPad(
  picture: RgbPicture,
  config: ClipProcessorConfig,
  kernels?: PictureKernels,
): ProcessedPicture {
  const colour = config.imageMean.map((mean) => Math.trunc(mean * 255));
  const square = squareRows(picture, colour);
  const processed = processRows(square.rows, config, kernels);
  const { scaleX, scaleY, offsetX, offsetY } = processed.placement;
  const placement = {
    scaleX,
    scaleY,
    offsetX: square.left * scaleX + offsetX,
    offsetY: square.top * scaleY + offsetY,
  };
  return { ...processed, placement };
}
