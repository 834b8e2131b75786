import { AutopruneError } from '@autoprune/core';
import type { Extent } from './picture.js';

/** Rows [from, to) that lie together, no two of them with one key. */
interface StoredRows {
  /** uint8 [to − from, width, channels]; read only. */
  readonly data: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/**
 * Rows of pixels to be resampled. A padded picture is one without being built: its padding rows share a key,
 * so that a 9000 × 45 picture does not become a 9000 × 9000 one in memory.
 */
export interface PixelRows extends Extent {
  readonly channels: number;
  /** Rows with the same key hold the same bytes. Keys are in [0, keys). */
  readonly keys: number;
  keyOf(row: number): number;
  /** uint8 [width, channels]; read only, valid until the next call. */
  read(row: number): Uint8Array;
  /** Those that need no `read`; all others are one row of padding. */
  readonly stored?: StoredRows;
}

/**
 * The rows of a picture with any number of interleaved channels, data.length / (width · height).
 *
 * @throws ARGUMENT_INVALID when that is not a whole number from 1 to 4
 */
export function pictureRows(picture: Extent & { readonly data: Uint8Array }): PixelRows {
  const { width, height, data } = picture;
  const channels = data.length / (width * height);
  if (!(channels >= 1 && channels <= 4 && Number.isInteger(channels))) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected 1 to 4 bytes for each of ${width} × ${height} pixels but received ${data.length} bytes`,
      { width, height, bytes: data.length },
    );
  }
  const stride = width * channels;
  return {
    width,
    height,
    channels,
    keys: height,
    keyOf: (row) => row,
    read: (row) => data.subarray(row * stride, (row + 1) * stride),
    stored: { data, from: 0, to: height },
  };
}
