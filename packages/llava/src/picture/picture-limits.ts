import { AutopruneError } from '@autoprune/core';
import type { Extent } from './picture.js';

/** What {@link decodePicture} accepts; checked on the header, before any pixel is decoded. */
export interface PictureLimits {
  /** Smallest side, in pixels. */
  readonly minSide: number;
  /** Largest width × height. */
  readonly maxPixels: number;
  /** Largest ratio of the longer to the shorter side. */
  readonly maxAspectRatio: number;
}

/**
 * - `minSide` 2: one pixel in a direction says nothing about a scene, and Hugging Face's processors fail on 1 × 1.
 * - `maxPixels` 178956970: where Pillow refuses a picture as a decompression bomb (twice a quarter GiB of RGB).
 * - `maxAspectRatio` 200: beyond it a shortest-edge resize shows less than half a percent of the picture;
 *   Qwen2-VL's processor draws the same line.
 */
export const DEFAULT_PICTURE_LIMITS: PictureLimits = {
  minSide: 2,
  maxPixels: 178_956_970,
  maxAspectRatio: 200,
};

/**
 * Throws unless a picture of this size is within the limits.
 *
 * @param name  the file, for the message
 * @throws PICTURE_TOO_SMALL, PICTURE_TOO_LARGE, PICTURE_TOO_THIN
 */
export function requireWithinLimits(name: string, size: Extent, limits: PictureLimits): void {
  const { width, height } = size;
  const { minSide, maxPixels, maxAspectRatio } = limits;
  const details = { name, width, height, ...limits };
  if (Math.min(width, height) < minSide) {
    throw new AutopruneError(
      'PICTURE_TOO_SMALL',
      `${name} is ${width} × ${height} pixels, but at least ${minSide} are needed on each side; use a larger picture`,
      details,
    );
  }
  if (width * height > maxPixels) {
    throw new AutopruneError(
      'PICTURE_TOO_LARGE',
      `${name} claims ${width} × ${height} = ${width * height} pixels, above the limit of ${maxPixels}; scale it down first`,
      details,
    );
  }
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (ratio > maxAspectRatio) {
    throw new AutopruneError(
      'PICTURE_TOO_THIN',
      `${name} is ${width} × ${height} pixels, ${ratio.toFixed(1)}:1, above the limit of ${maxAspectRatio}:1; crop it first`,
      { ...details, ratio },
    );
  }
}
