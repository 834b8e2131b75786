import { AutopruneError } from '@autoprune/core';
import sharp from 'sharp';
import { opaqueGif } from './opaque-gif.js';
import type { RgbPicture } from './picture.js';
import { readPictureHeader, unreadablePicture } from './picture-header.js';
import {
  DEFAULT_PICTURE_LIMITS,
  type PictureLimits,
  requireWithinLimits,
} from './picture-limits.js';
import { toRgb } from './to-rgb.js';

/** How {@link decodePicture} reads a file. */
export interface DecodeOptions {
  /** The file, for messages. */
  readonly name: string;
  /**
   * `exif` (default) turns the picture as its EXIF orientation says, as transformers' `load_image` does;
   * `stored` leaves it, as `Image.open` and LLaVA's own loader do. TIFF and AVIF are turned either way.
   */
  readonly orientation?: 'exif' | 'stored';
  /**
   * 16-bit grey: `scale` (default) keeps the high byte, `clip` turns everything above 255 white, which is what
   * Pillow's `convert("RGB")` does and the published scripts therefore see.
   */
  readonly sixteenBit?: 'scale' | 'clip';
  /** Which frame or page of a file that has several, from 0. */
  readonly frame?: number;
  /** Overrides of {@link DEFAULT_PICTURE_LIMITS}. */
  readonly limits?: Partial<PictureLimits>;
}

function asSamples(data: Buffer, wide: boolean): Uint8Array | Uint16Array {
  if (!wide) return data;
  const aligned = data.byteOffset % 2 === 0 ? data : Uint8Array.from(data);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

/**
 * Decodes a JPEG, PNG, WebP, GIF, TIFF or AVIF file to RGB the way Pillow's `convert("RGB")` does: no colour
 * profile is applied, alpha is dropped. Compared with Pillow 13 the bytes are equal, but for 16-bit grey
 * (scaled unless asked otherwise), for AVIF (libheif interpolates chroma otherwise than libavif) and for
 * transparent pixels in later frames of a GIF.
 *
 * @param bytes  the whole file; read only
 * @throws PICTURE_EMPTY, PICTURE_UNREADABLE, PICTURE_ANIMATED, PICTURE_FRAME_UNKNOWN, PICTURE_TOO_SMALL,
 *   PICTURE_TOO_LARGE, PICTURE_TOO_THIN; all but a damaged body are found before pixels are decoded
 */
export async function decodePicture(
  bytes: Uint8Array,
  options: DecodeOptions,
): Promise<RgbPicture> {
  const { name, orientation = 'exif', sixteenBit = 'scale', frame } = options;
  if (bytes.length === 0) {
    const message = `${name} is empty (0 bytes); give a picture`;
    throw new AutopruneError('PICTURE_EMPTY', message, { name });
  }
  const { metadata, input } = await readPictureHeader(bytes, name, frame);
  requireWithinLimits(name, metadata, { ...DEFAULT_PICTURE_LIMITS, ...options.limits });

  const { format, space } = metadata;
  const cmyk = space === 'cmyk';
  const wide = metadata.depth === 'ushort';
  try {
    let pipeline = sharp(format === 'gif' && !frame ? opaqueGif(bytes) : bytes, input);
    // Pillow turns a TIFF when it loads it, whoever asks.
    if (orientation === 'exif' || format === 'tiff') pipeline = pipeline.autoOrient();
    // Staying in the stored colour space keeps libvips from converting CMYK or narrowing 16 bits.
    if (cmyk || wide) pipeline = pipeline.pipelineColourspace(space).toColourspace(space);
    const { data, info } = await pipeline
      .raw(wide ? { depth: 'ushort' } : {})
      .toBuffer({ resolveWithObject: true });
    const samples = asSamples(data, wide);
    const rgb = toRgb({ channels: info.channels, data: samples, cmyk, sixteenBit });
    return { width: info.width, height: info.height, data: rgb };
  } catch (error) {
    throw unreadablePicture(name, error);
  }
}
